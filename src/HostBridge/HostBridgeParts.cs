using MeshMcp.HostBridge.Access;
using MeshMcp.HostBridge.Audit;
using MeshMcp.HostBridge.Checkups;
using MeshMcp.HostBridge.Engine;
using MeshMcp.HostBridge.DBus;
using MeshMcp.HostBridge.Host;
using MeshMcp.HostBridge.Network;
using MeshMcp.HostBridge.Host.Lxc;
using MeshMcp.HostBridge.Joining;
using MeshMcp.HostBridge.Json;
using MeshMcp.HostBridge.OpenVSwitch;
using MeshMcp.HostBridge.Store;
using MeshMcp.HostBridge.Systems.Adapters;
using MeshMcp.HostBridge.Systems.Bridge;
using MeshMcp.HostBridge.Systems.Lxc;
using MeshMcp.HostBridge.Systems.Netmaker;
using MeshMcp.HostBridge.Systems.Openflow;
using MeshMcp.HostBridge.Systems.Packagekit;
using MeshMcp.HostBridge.Systems.Systemd;
using MeshMcp.HostBridge.Systems.Uplink;
using MeshMcp.HostBridge.Systems.Wireguard;
using MeshMcp.HostBridge.Systems.Xray;
using MeshMcp.HostBridge.Wire;

namespace MeshMcp.HostBridge;

/// <summary>Which parts make up the agent, system by system.</summary>
static class HostBridgeParts
{
    public static void AddNode(this IServiceCollection services, BridgeConfiguration configuration)
    {
        services.AddSingleton(configuration);
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton<ICommandRunner, CommandRunner>();
        services.AddSingleton<LinkAddresses>();
        AddEngine(services, configuration);
        AddJoining(services, configuration);
        AddHostUnits(services, configuration);
        AddSwitch(services);
        AddRouting(services, configuration);
        AddWireguard(services, configuration);
        AddNetmaker(services, configuration);
        AddLxc(services, configuration);
        AddXray(services, configuration);
        // In the order in which their steps run: packages bring units, and units daemons; what packets may do, before anything carries them; flows last, since they name all ports.
        services.AddSingleton(s => new Planner(
        [
            s.GetRequiredService<PackagekitSystem>(),
            s.GetRequiredService<SystemdSystem>(),
            s.GetRequiredService<UplinkSystem>(),
            s.GetRequiredService<BridgeSystem>(),
            s.GetRequiredService<WireguardSystem>(),
            s.GetRequiredService<NetmakerSystem>(),
            s.GetRequiredService<AdaptersSystem>(),
            s.GetRequiredService<LxcSystem>(),
            s.GetRequiredService<XraySystem>(),
            s.GetRequiredService<OpenflowSystem>(),
        ], s.GetRequiredService<TimeProvider>(), s.GetRequiredService<ILogger<Planner>>(), s.GetRequiredService<HostLook>().ReadAsync));
    }

    static void AddEngine(IServiceCollection services, BridgeConfiguration configuration)
    {
        services.AddSingleton(new NodeStore(configuration.State, kept: configuration.History));
        services.AddSingleton(new DeclaredFile(configuration.DeclaredFrom));
        services.AddSingleton(new SecretStore(Path.Combine(configuration.State, "secrets")));
        services.AddSingleton<INodeRoutes, SecretRoutes>();
        services.AddSingleton(s => new AuditLog(configuration.State, configuration.Node, s.GetRequiredService<TimeProvider>()));
        services.AddSingleton<NodeEvents>();
        services.AddSingleton<NodeEngine>();
        services.AddSingleton<DriftSignal>();
        services.AddSingleton<Ceilings>();
        services.AddSingleton<NodeViews>();
        services.AddSingleton<EditViews>();
        services.AddSingleton<INodeRoutes, StateRoutes>();
        services.AddSingleton<INodeRoutes, BackupRoutes>();
        services.AddSingleton<Endpoints>();
        services.AddSingleton<INodeFindings, StoreFindings>();
        services.AddSingleton<INodeRoutes, CheckupRoutes>();
        services.AddSingleton<INodeRoutes, AuditRoutes>();
        services.AddHostedService<Guardian>();
        services.AddHostedService<Healing>();
        services.AddHostedService<HostWatch>();
        services.AddHostedService<Watchdog>();
    }

    static void AddJoining(IServiceCollection services, BridgeConfiguration configuration)
    {
        services.AddSingleton(s => new JoiningStore(Path.Combine(configuration.State, "joining.json"), s.GetRequiredService<TimeProvider>()));
        services.AddSingleton(new Revocations(Path.Combine(configuration.State, "revoked.json")));
        services.AddSingleton<Enrollment>();
        services.AddSingleton<Renewal>();
        services.AddSingleton<INodeRoutes, JoiningRoutes>();
        services.AddSingleton<INodeFindings, CertificateFindings>();
        services.AddHostedService<RenewalTimer>();
    }

    static void AddHostUnits(IServiceCollection services, BridgeConfiguration configuration)
    {
        services.AddSingleton(s => new SystemBus(SystemBus.DefaultAddress, s.GetRequiredService<TimeProvider>()));
        services.AddSingleton(Distribution.Read());
        services.AddSingleton(new Ledger<UnitRecord>(Path.Combine(configuration.State, "units.json"), StoreJson.Default.IReadOnlyDictionaryStringUnitRecord));
        services.AddSingleton<SystemdUnits>();
        services.AddSingleton<SystemdSystem>();
        services.AddSingleton<INodeRoutes, SystemdRoutes>();
        services.AddHostedService<SystemdWatch>();
        services.AddSingleton(new Ledger<PackageRecord>(Path.Combine(configuration.State, "packages.json"), StoreJson.Default.IReadOnlyDictionaryStringPackageRecord));
        services.AddSingleton<PackageTransactions>();
        services.AddSingleton<PackageMemory>();
        services.AddSingleton<PackagekitSystem>();
        services.AddSingleton<INodeRoutes, PackagekitRoutes>();
        services.AddHostedService<PackagekitWatch>();
    }

    static void AddSwitch(IServiceCollection services)
    {
        services.AddSingleton(OvsPaths.Default);
        services.AddSingleton<OvsSwitch>();
        services.AddSingleton<Ofctl>();
        services.AddSingleton<FlowQueries>();
        services.AddSingleton<BridgeSystem>();
        services.AddSingleton<OpenflowSystem>();
    }

    static void AddRouting(IServiceCollection services, BridgeConfiguration configuration)
    {
        services.AddSingleton<Iproute>();
        services.AddSingleton<Nft>();
        services.AddSingleton<Listeners>();
        services.AddSingleton<HostLook>();
        services.AddSingleton<Conntrack>();
        services.AddSingleton(new UplinkRecords(Path.Combine(configuration.State, "uplink.json")));
        services.AddSingleton<UplinkSystem>();
        services.AddSingleton<INodeRoutes, UplinkRoutes>();
        services.AddSingleton<AdaptersSystem>();
        services.AddHostedService<UplinkWatch>();
    }

    static void AddXray(IServiceCollection services, BridgeConfiguration configuration)
    {
        services.AddSingleton<ContainerPrograms>();
        services.AddSingleton<XrayPrograms>();
        services.AddSingleton(new XrayFiles("/var/lib/lxc"));
        services.AddSingleton(new XrayRecords(Path.Combine(configuration.State, "xray")));
        services.AddSingleton<XraySystem>();
        services.AddSingleton<INodeRoutes, XrayRoutes>();
    }

    static void AddNetmaker(IServiceCollection services, BridgeConfiguration configuration)
    {
        services.AddSingleton<JsonApi>();
        services.AddSingleton<NetmakerApi>();
        services.AddSingleton<ServerLook>();
        services.AddSingleton<Netclient>();
        services.AddSingleton(new NetmakerLedger(configuration.State));
        services.AddSingleton<NetmakerWork>();
        services.AddSingleton<NetmakerSystem>();
        services.AddSingleton<NetmakerQueries>();
        services.AddSingleton<INodeRoutes, NetmakerRoutes>();
        services.AddHostedService<NetmakerWatch>();
    }

    static void AddLxc(IServiceCollection services, BridgeConfiguration configuration)
    {
        services.AddSingleton<ContainerFolders>();
        services.AddSingleton(new ContainerProcesses(NodeMark.Of(configuration.State)));
        services.AddSingleton<LxcPrograms>();
        services.AddSingleton(s => new TemplateFolder(Path.Combine(configuration.State, "templates"), s.GetRequiredService<ICommandRunner>(), s.GetRequiredService<ContainerFolders>()));
        services.AddSingleton<ContainerObservation>();
        services.AddSingleton<LxcSystem>();
        services.AddSingleton<ContainerTrash>();
        services.AddSingleton<ContainerViews>();
        services.AddSingleton<INodeRoutes, TemplateRoutes>();
        services.AddSingleton<INodeRoutes, ContainerRoutes>();
        services.AddHostedService<ContainerWatch>();
    }

    static void AddWireguard(IServiceCollection services, BridgeConfiguration configuration)
    {
        var folder = Path.Combine(configuration.State, "wireguard");
        services.AddSingleton<LinkList>();
        services.AddSingleton<DetachedProcess>();
        services.AddSingleton<HostNames>();
        services.AddSingleton(new TunnelRecords(Path.Combine(folder, "devices")));
        services.AddSingleton(s => new ReleasedAddresses(Path.Combine(folder, "released.json"), s.GetRequiredService<TimeProvider>()));
        services.AddSingleton<WireguardDevices>();
        services.AddSingleton<WireguardKeys>();
        services.AddSingleton<EndpointNames>();
        services.AddSingleton<WantedDevices>();
        services.AddSingleton<WireguardSystem>();
        services.AddHostedService<WireguardWatch>();
        services.AddSingleton<WireguardViews>();
        services.AddSingleton<VpnAdmission>();
        services.AddSingleton<INodeRoutes, WireguardRoutes>();
    }
}
