using System.Runtime.CompilerServices;
using MeshMcp.HostBridge.Access;
using MeshMcp.HostBridge.Checkups;
using MeshMcp.HostBridge.Engine;
using MeshMcp.HostBridge.Host;
using MeshMcp.HostBridge.Wire;

namespace MeshMcp.HostBridge.Systems.Netmaker;

/// <summary>Membership of the mesh, by netclient and Netmaker's REST.</summary>
sealed class NetmakerModule : SystemModule
{
    public override string Name => "netmaker";

    /// <summary>Devices of our own have their names and ports before netclient looks for some.</summary>
    public override IReadOnlyList<string> After => ["wireguard"];

    public override void AddTo(IServiceCollection services, BridgeConfiguration configuration)
    {
        services.AddSystem<NetmakerSystem>();
        services.AddSingleton<JsonApi>();
        services.AddSingleton<NetmakerApi>();
        services.AddSingleton<ServerLook>();
        services.AddSingleton<Netclient>();
        services.AddSingleton(new NetmakerLedger(configuration.State));
        services.AddSingleton<NetmakerWork>();
        services.AddSingleton<NetmakerQueries>();
        services.AddSingleton<INodeRoutes, NetmakerRoutes>();
        services.AddSingleton<INodeChecks, NetmakerChecks>();
        services.AddSingleton(new NeededPrograms(Name, "netclient", "wg"));
        services.AddSingleton(new FollowsDevices(Name));
        services.AddHostedService<NetmakerWatch>();
    }

    [ModuleInitializer]
    internal static void Register() => SystemModules.Register(new NetmakerModule());
}
