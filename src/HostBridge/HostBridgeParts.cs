using MeshMcp.HostBridge.Access;
using MeshMcp.HostBridge.Audit;
using MeshMcp.HostBridge.Checkups;
using MeshMcp.HostBridge.DBus;
using MeshMcp.HostBridge.Engine;
using MeshMcp.HostBridge.Host;
using MeshMcp.HostBridge.Joining;
using MeshMcp.HostBridge.Network;
using MeshMcp.HostBridge.OpenVSwitch;
using MeshMcp.HostBridge.Store;
using MeshMcp.HostBridge.Systems;
using MeshMcp.HostBridge.Wire;

namespace MeshMcp.HostBridge;

/// <summary>Which parts make up the agent; those of the systems are the systems' own to add.</summary>
static class HostBridgeParts
{
    public static void AddNode(this IServiceCollection services, BridgeConfiguration configuration)
    {
        services.AddSingleton(configuration);
        services.AddSingleton(TimeProvider.System);
        AddHost(services);
        AddEngine(services, configuration);
        AddJoining(services, configuration);
        foreach (var module in SystemModules.InOrder) module.AddTo(services, configuration);
    }

    /// <summary>The ways to the host that systems share.</summary>
    static void AddHost(IServiceCollection services)
    {
        services.AddSingleton<ICommandRunner, CommandRunner>();
        services.AddSingleton(s => new SystemBus(SystemBus.DefaultAddress, s.GetRequiredService<TimeProvider>()));
        services.AddSingleton(Distribution.Read());
        services.AddSingleton<LinkAddresses>();
        services.AddSingleton<Iproute>();
        services.AddSingleton<Nft>();
        services.AddSingleton<Listeners>();
        services.AddSingleton<HostLook>();
        services.AddSingleton(OvsPaths.Default);
        services.AddSingleton<OvsSwitch>();
        services.AddSingleton<Ofctl>();
    }

    static void AddEngine(IServiceCollection services, BridgeConfiguration configuration)
    {
        var secrets = new SecretStore(Path.Combine(configuration.State, "secrets"));
        services.AddSingleton(secrets);
        services.AddSingleton(new NodeStore(configuration.State, kept: configuration.History, mask: secrets.Mask));
        services.AddSingleton(new DeclaredFile(configuration.DeclaredFrom));
        services.AddSingleton<INodeRoutes, SecretRoutes>();
        services.AddSingleton(s => new Handovers(Path.Combine(Path.GetDirectoryName(configuration.Socket)!, "handover"), s.GetRequiredService<TimeProvider>()));
        services.AddSingleton<INodeRoutes, HandoverRoutes>();
        services.AddSingleton(s => new AuditLog(configuration.State, configuration.Node, s.GetRequiredService<TimeProvider>(), mask: secrets.Mask));
        services.AddSingleton<NodeEvents>();
        services.AddSingleton(s => new Planner([.. s.GetServices<ISystem>()], s.GetRequiredService<TimeProvider>(), s.GetRequiredService<ILogger<Planner>>(), s.GetRequiredService<HostLook>().ReadAsync, s.GetRequiredService<SecretStore>()));
        services.AddSingleton<NodeEngine>();
        services.AddSingleton<DriftSignal>();
        services.AddSingleton<Ceilings>();
        services.AddSingleton<NodeViews>();
        services.AddSingleton<NodeHistory>();
        services.AddSingleton<EditViews>();
        services.AddSingleton<INodeRoutes, StateRoutes>();
        services.AddSingleton<INodeRoutes, ListenerRoutes>();
        services.AddSingleton<INodeRoutes, BackupRoutes>();
        services.AddSingleton<Endpoints>();
        services.AddSingleton<INodeFindings, StoreFindings>();
        services.AddSingleton<INodeRoutes, CheckupRoutes>();
        services.AddSingleton<INodeRoutes, AuditRoutes>();
        services.AddHostedService<Guardian>();
        services.AddHostedService<Healing>();
        services.AddHostedService<DeviceWatch>();
        services.AddHostedService<Watchdog>();
    }

    static void AddJoining(IServiceCollection services, BridgeConfiguration configuration)
    {
        services.AddSingleton(s => new JoiningStore(Path.Combine(configuration.State, "joining.json"), s.GetRequiredService<TimeProvider>()));
        services.AddSingleton(new Revocations(Path.Combine(configuration.State, "revoked.json")));
        services.AddSingleton<Enrollment>();
        services.AddSingleton<Renewal>();
        services.AddSingleton<INodeRoutes, JoiningRoutes>();
        services.AddSingleton<ServerRenewal>();
        services.AddSingleton<INodeFindings>(s => s.GetRequiredService<ServerRenewal>());
        services.AddSingleton<INodeFindings>(s => new CertificateFindings(configuration, s.GetRequiredService<TimeProvider>()));
        services.AddHostedService<RenewalTimer>();
    }
}
