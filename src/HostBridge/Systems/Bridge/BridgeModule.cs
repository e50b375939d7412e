using System.Runtime.CompilerServices;
using MeshMcp.HostBridge.Access;
using MeshMcp.HostBridge.Checkups;
using MeshMcp.HostBridge.Engine;

namespace MeshMcp.HostBridge.Systems.Bridge;

/// <summary>The one bridge and its ports, by OVSDB.</summary>
sealed class BridgeModule : SystemModule
{
    public override string Name => "bridge";

    /// <summary>What packets may do is said before anything carries them.</summary>
    public override IReadOnlyList<string> After => ["uplink"];

    public override void AddTo(IServiceCollection services, BridgeConfiguration configuration)
    {
        services.AddSystem<BridgeSystem>();
        services.AddSingleton<INodeChecks, BridgeChecks>();
        services.AddSingleton(new NeededPrograms(Name, "ovs-vsctl", "ovs-ofctl", "ovs-appctl", "ethtool"));
        services.AddSingleton(new FollowsDevices(Name));
        services.AddHostedService<BridgeWatch>();
    }

    [ModuleInitializer]
    internal static void Register() => SystemModules.Register(new BridgeModule());
}
