using System.Runtime.CompilerServices;
using MeshMcp.HostBridge.Access;
using MeshMcp.HostBridge.Checkups;
using MeshMcp.HostBridge.Engine;
using MeshMcp.HostBridge.Network;
using MeshMcp.HostBridge.Wire;

namespace MeshMcp.HostBridge.Systems.Uplink;

/// <summary>What packets may do, by nftables.</summary>
sealed class UplinkModule : SystemModule
{
    public override string Name => "uplink";

    /// <summary>Units bring daemons.</summary>
    public override IReadOnlyList<string> After => ["systemd"];

    public override void AddTo(IServiceCollection services, BridgeConfiguration configuration)
    {
        services.AddSystem<UplinkSystem>();
        services.AddSingleton<Conntrack>();
        services.AddSingleton(new UplinkRecords(Path.Combine(configuration.State, "uplink.json")));
        services.AddSingleton<INodeRoutes, UplinkRoutes>();
        services.AddSingleton<IHostRules, UplinkRulesReader>();
        services.AddSingleton<INodeChecks, UplinkChecks>();
        services.AddSingleton(new NeededPrograms(Name, "nft", "conntrack"));
        services.AddSingleton(new FollowsDevices(Name));
        services.AddHostedService<UplinkWatch>();
    }

    [ModuleInitializer]
    internal static void Register() => SystemModules.Register(new UplinkModule());
}
