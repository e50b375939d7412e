using MeshMcp.Contracts.Errors;
using MeshMcp.HostBridge.Access;
using MeshMcp.HostBridge.Audit;
using MeshMcp.HostBridge.Engine;
using MeshMcp.HostBridge.Host;
using MeshMcp.HostBridge.Network;
using MeshMcp.HostBridge.Host.Lxc;
using MeshMcp.HostBridge.OpenVSwitch;
using MeshMcp.HostBridge.Store;
using MeshMcp.HostBridge.Systems.Adapters;
using MeshMcp.HostBridge.Systems.Bridge;
using MeshMcp.HostBridge.Systems.Lxc;
using MeshMcp.HostBridge.Systems.Netmaker;
using MeshMcp.HostBridge.Systems.Openflow;
using MeshMcp.HostBridge.Systems.Uplink;
using MeshMcp.HostBridge.Systems.Wireguard;
using MeshMcp.HostBridge.Wire;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace MeshMcp.HostBridge;

/// <summary>The parts of the agent, put together.</summary>
public static class HostBridgeApp
{
    /// <summary>Longer than any change takes: stopping waits for the one that runs.</summary>
    static readonly TimeSpan StopWithin = TimeSpan.FromSeconds(60);

    public static async Task RunAsync(BridgeConfiguration configuration)
    {
        var listener = ServiceNotify.TakeListener();
        using var only = Only(configuration.State);
        // The empty builder: no setting may come from the environment or a file lying around, and no folder is watched for one.
        var builder = WebApplication.CreateEmptyBuilder(new() { ApplicationName = "meshmcp-hostbridge" });
        builder.WebHost.UseKestrelCore();
        builder.Services.AddRoutingCore();
        builder.Services.Configure<RouteHandlerOptions>(o => o.ThrowOnBadRequest = true);
        builder.Logging.AddSimpleConsole(o => o.SingleLine = true).SetMinimumLevel(LogLevel.Information)
            .AddFilter("Microsoft", LogLevel.Warning);
        builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = StopWithin);
        await using var database = await OvsdbConnection.OpenAsync(OvsPaths.Default, TimeProvider.System, CancellationToken.None);
        builder.Services.AddSingleton(database);
        AddParts(builder.Services, configuration);
        if (listener is null) SocketFile.Prepare(configuration.Socket);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = Limits.MaxReadBytes;
            kestrel.Limits.MaxConcurrentConnections = Limits.MaxConnections;
            if (listener is { } handle) kestrel.ListenHandle(handle, Wire);
            else kestrel.ListenUnixSocket(configuration.Socket, Wire);
        });

        await using var app = builder.Build();
        app.UseMiddleware<Errors>();
        app.Services.GetRequiredService<Endpoints>().Map(app);
        await SocketFile.BindAsync(() => app.StartAsync());
        if (listener is null) SocketFile.Open(configuration.Socket, configuration.SocketGid ?? configuration.RelayUid);
        ServiceNotify.Send("READY=1");
        app.Lifetime.ApplicationStopping.Register(() => ServiceNotify.Send("STOPPING=1"));
        await app.WaitForShutdownAsync();
        await app.Services.GetRequiredService<NodeEngine>().IdleAsync();
    }

    static void AddParts(IServiceCollection services, BridgeConfiguration configuration)
    {
        services.AddSingleton(configuration);
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton<ICommandRunner, CommandRunner>();
        services.AddSingleton(OvsPaths.Default);
        services.AddSingleton<OvsSwitch>();
        services.AddSingleton<Ofctl>();
        services.AddSingleton<LinkAddresses>();
        services.AddSingleton<FlowQueries>();
        services.AddSingleton<BridgeSystem>();
        services.AddSingleton<OpenflowSystem>();
        services.AddSingleton<Iproute>();
        services.AddSingleton<Nft>();
        services.AddSingleton<Listeners>();
        services.AddSingleton<Conntrack>();
        services.AddSingleton(new UplinkRecords(Path.Combine(configuration.State, "uplink.json")));
        services.AddSingleton<UplinkSystem>();
        services.AddSingleton<AdaptersSystem>();
        AddNetmaker(services, configuration);
        AddLxc(services, configuration);
        // In the order in which their steps run: what packets may do, before anything carries them; flows last, since they name all ports.
        services.AddSingleton(s => new Planner(
        [
            s.GetRequiredService<UplinkSystem>(),
            s.GetRequiredService<BridgeSystem>(),
            s.GetRequiredService<WireguardSystem>(),
            s.GetRequiredService<NetmakerSystem>(),
            s.GetRequiredService<AdaptersSystem>(),
            s.GetRequiredService<LxcSystem>(),
            s.GetRequiredService<OpenflowSystem>(),
        ]));
        services.AddSingleton(new NodeStore(configuration.State));
        services.AddSingleton(new SecretStore(Path.Combine(configuration.State, "secrets")));
        services.AddSingleton<INodeRoutes, SecretRoutes>();
        AddWireguard(services, configuration);
        services.AddSingleton(s => new AuditLog(Path.Combine(configuration.State, "audit.jsonl"), configuration.Node, s.GetRequiredService<TimeProvider>()));
        services.AddSingleton<NodeEvents>();
        services.AddSingleton<NodeEngine>();
        services.AddSingleton<DriftSignal>();
        services.AddSingleton<Ceilings>();
        services.AddSingleton<NodeViews>();
        services.AddSingleton<Endpoints>();
        services.AddHostedService<Guardian>();
        services.AddHostedService<Healing>();
        services.AddHostedService<HostWatch>();
        services.AddHostedService<UplinkWatch>();
        services.AddHostedService<Watchdog>();
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

    static void Wire(ListenOptions options)
    {
        options.Protocols = HttpProtocols.Http1;
        var services = options.ApplicationServices;
        options.Use(next => ActivatorUtilities.CreateInstance<PeerConnection>(services, next).OnConnectionAsync);
    }

    /// <summary>Two agents on one state folder would undo each other's changes.</summary>
    static FileStream Only(string folder)
    {
        Directory.CreateDirectory(folder);
        try
        {
            return new(Path.Combine(folder, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e)
        {
            throw new MeshException(ErrorKind.Conflict, $"Another host bridge uses {folder}.", folder, "Stop it first; a node has one.", e);
        }
    }
}
