using System.Runtime.CompilerServices;
using MeshMcp.HostBridge.Access;
using MeshMcp.HostBridge.Checkups;
using MeshMcp.HostBridge.Host;
using MeshMcp.HostBridge.Host.Lxc;
using MeshMcp.HostBridge.Wire;

namespace MeshMcp.HostBridge.Systems.Lxc;

/// <summary>Containers, by LXC.</summary>
sealed class LxcModule : SystemModule
{
    public override string Name => "lxc";

    /// <summary>What containers are to reach is there when they start.</summary>
    public override IReadOnlyList<string> After => ["adapters"];

    public override void AddTo(IServiceCollection services, BridgeConfiguration configuration)
    {
        services.AddSystem<LxcSystem>();
        services.AddSingleton<RootfsImage>();
        services.AddSingleton<ContainerFolders>();
        services.AddSingleton(new ContainerProcesses(NodeMark.Of(configuration.State)));
        services.AddSingleton<LxcPrograms>();
        services.AddSingleton<MountPolicy>();
        services.AddSingleton(s => new TemplateFolder(Path.Combine(configuration.State, "templates"), s.GetRequiredService<ICommandRunner>(), s.GetRequiredService<ContainerFolders>()));
        services.AddSingleton<ContainerObservation>();
        services.AddSingleton<ContainerTrash>();
        services.AddSingleton<ContainerViews>();
        services.AddSingleton<INodeRoutes, TemplateRoutes>();
        services.AddSingleton<INodeRoutes, LxcRoutes>();
        services.AddSingleton<INodeChecks, LxcChecks>();
        services.AddSingleton(new NeededPrograms(Name, "lxc-start", "lxc-stop", "lxc-info", "lxc-attach"));
        services.AddHostedService<LxcWatch>();
    }

    [ModuleInitializer]
    internal static void Register() => SystemModules.Register(new LxcModule());
}
