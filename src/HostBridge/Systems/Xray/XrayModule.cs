using System.Runtime.CompilerServices;
using MeshMcp.HostBridge.Access;
using MeshMcp.HostBridge.Host;
using MeshMcp.HostBridge.Wire;

namespace MeshMcp.HostBridge.Systems.Xray;

/// <summary>Configurations of Xray or v2ray in containers.</summary>
sealed class XrayModule : SystemModule
{
    public override string Name => "xray";

    /// <summary>Its programs run in containers.</summary>
    public override IReadOnlyList<string> After => ["lxc"];

    public override void AddTo(IServiceCollection services, BridgeConfiguration configuration)
    {
        services.AddSystem<XraySystem>();
        services.AddSingleton<ContainerPrograms>();
        services.AddSingleton<XrayPrograms>();
        services.AddSingleton(new XrayFiles("/var/lib/lxc"));
        services.AddSingleton(new XrayRecords(Path.Combine(configuration.State, "xray")));
        services.AddSingleton<INodeRoutes, XrayRoutes>();
    }

    [ModuleInitializer]
    internal static void Register() => SystemModules.Register(new XrayModule());
}
