using System.Runtime.CompilerServices;
using MeshMcp.HostBridge.Access;
using MeshMcp.HostBridge.Store;
using MeshMcp.HostBridge.Wire;

namespace MeshMcp.HostBridge.Systems.Systemd;

/// <summary>Units, by systemd.</summary>
sealed class SystemdModule : SystemModule
{
    public override string Name => "systemd";

    /// <summary>Packages bring units.</summary>
    public override IReadOnlyList<string> After => ["packagekit"];

    public override void AddTo(IServiceCollection services, BridgeConfiguration configuration)
    {
        services.AddSystem<SystemdSystem>();
        services.AddSingleton(new Ledger<UnitRecord>(Path.Combine(configuration.State, "units.json"), SystemdJson.Default.IReadOnlyDictionaryStringUnitRecord));
        services.AddSingleton<SystemdUnits>();
        services.AddSingleton<INodeRoutes, SystemdRoutes>();
        services.AddHostedService<SystemdWatch>();
    }

    [ModuleInitializer]
    internal static void Register() => SystemModules.Register(new SystemdModule());
}
