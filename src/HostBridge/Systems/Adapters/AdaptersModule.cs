using System.Runtime.CompilerServices;
using MeshMcp.HostBridge.Access;
using MeshMcp.HostBridge.Engine;

namespace MeshMcp.HostBridge.Systems.Adapters;

/// <summary>The ways between tunnels and the bridge, by policy routing.</summary>
sealed class AdaptersModule : SystemModule
{
    public override string Name => "adapters";

    /// <summary>They join tunnels that are there to the bridge.</summary>
    public override IReadOnlyList<string> After => ["bridge", "wireguard", "netmaker"];

    public override void AddTo(IServiceCollection services, BridgeConfiguration configuration)
    {
        services.AddSystem<AdaptersSystem>();
        services.AddSingleton(new FollowsDevices(Name));
    }

    [ModuleInitializer]
    internal static void Register() => SystemModules.Register(new AdaptersModule());
}
