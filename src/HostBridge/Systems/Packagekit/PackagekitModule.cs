using System.Runtime.CompilerServices;
using MeshMcp.HostBridge.Access;
using MeshMcp.HostBridge.Store;
using MeshMcp.HostBridge.Wire;

namespace MeshMcp.HostBridge.Systems.Packagekit;

/// <summary>Packages, by PackageKit.</summary>
sealed class PackagekitModule : SystemModule
{
    public override string Name => "packagekit";

    public override void AddTo(IServiceCollection services, BridgeConfiguration configuration)
    {
        services.AddSystem<PackagekitSystem>();
        services.AddSingleton(new Ledger<PackageRecord>(Path.Combine(configuration.State, "packages.json"), PackagekitJson.Default.IReadOnlyDictionaryStringPackageRecord));
        services.AddSingleton<PackageTransactions>();
        services.AddSingleton<PackageMemory>();
        services.AddSingleton<INodeRoutes, PackagekitRoutes>();
        services.AddHostedService<PackagekitWatch>();
    }

    [ModuleInitializer]
    internal static void Register() => SystemModules.Register(new PackagekitModule());
}
