using System.Runtime.CompilerServices;
using MeshMcp.HostBridge.Access;
using MeshMcp.HostBridge.Engine;
using MeshMcp.HostBridge.Wire;

namespace MeshMcp.HostBridge.Systems.Openflow;

/// <summary>Flows, by OpenFlow.</summary>
sealed class OpenflowModule : SystemModule
{
    public override string Name => "openflow";

    /// <summary>Flows name all ports.</summary>
    public override IReadOnlyList<string> After => [ISystem.Every];

    public override void AddTo(IServiceCollection services, BridgeConfiguration configuration)
    {
        services.AddSystem<OpenflowSystem>();
        services.AddSingleton<FlowQueries>();
        services.AddSingleton<PacketTraces>();
        services.AddSingleton<INodeRoutes, OpenflowRoutes>();
        services.AddHostedService<OpenflowWatch>();
    }

    [ModuleInitializer]
    internal static void Register() => SystemModules.Register(new OpenflowModule());
}
