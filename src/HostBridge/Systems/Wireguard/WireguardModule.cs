using System.Runtime.CompilerServices;
using MeshMcp.HostBridge.Access;
using MeshMcp.HostBridge.Checkups;
using MeshMcp.HostBridge.Engine;
using MeshMcp.HostBridge.Host;
using MeshMcp.HostBridge.Wire;

namespace MeshMcp.HostBridge.Systems.Wireguard;

/// <summary>Tunnels of our own, by WireGuard.</summary>
sealed class WireguardModule : SystemModule
{
    public override string Name => "wireguard";

    /// <summary>The bridge has the adapters of tunnels.</summary>
    public override IReadOnlyList<string> After => ["bridge"];

    public override void AddTo(IServiceCollection services, BridgeConfiguration configuration)
    {
        var folder = Path.Combine(configuration.State, "wireguard");
        services.AddSystem<WireguardSystem>();
        services.AddSingleton<LinkList>();
        services.AddSingleton<DetachedProcess>();
        services.AddSingleton<HostNames>();
        services.AddSingleton(new TunnelRecords(Path.Combine(folder, "devices")));
        services.AddSingleton(s => new ReleasedAddresses(Path.Combine(folder, "released.json"), s.GetRequiredService<TimeProvider>()));
        services.AddSingleton<WireguardDevices>();
        services.AddSingleton<WireguardKeys>();
        services.AddSingleton<EndpointNames>();
        services.AddSingleton<WantedDevices>();
        services.AddSingleton<WireguardViews>();
        services.AddSingleton<VpnAdmission>();
        services.AddSingleton<INodeRoutes, WireguardRoutes>();
        services.AddSingleton<INodeChecks, WireguardChecks>();
        services.AddSingleton(new NeededPrograms(Name, "wg"));
        services.AddSingleton(new FollowsDevices(Name));
        services.AddHostedService<WireguardWatch>();
    }

    [ModuleInitializer]
    internal static void Register() => SystemModules.Register(new WireguardModule());
}
