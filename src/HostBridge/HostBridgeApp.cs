using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Logs;
using MeshMcp.HostBridge.Access;
using MeshMcp.HostBridge.Engine;
using MeshMcp.HostBridge.Host;
using MeshMcp.HostBridge.OpenVSwitch;
using MeshMcp.HostBridge.Store;
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
        Log(builder.Logging);
        builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = StopWithin);
        using var logs = LoggerFactory.Create(Log);
        await using var database = await OvsdbConnection.OpenAsync(OvsPaths.Default, TimeProvider.System, logs.CreateLogger<OvsdbConnection>(), CancellationToken.None);
        builder.Services.AddSingleton(database);
        builder.Services.AddNode(configuration);
        if (listener is null) SocketFile.Prepare(configuration.Socket);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = Limits.MaxReadBytes;
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

    /// <summary>Takes down what the agent, which must have ended, made of this host; see <see cref="NodeEngine.ReleaseAsync"/>. False when something is left, which is said.</summary>
    public static async Task<bool> ReleaseAsync(BridgeConfiguration configuration)
    {
        using var only = Only(configuration.State);
        using var logs = LoggerFactory.Create(Log);
        await using var database = await OvsdbConnection.OpenAsync(OvsPaths.Default, TimeProvider.System, logs.CreateLogger<OvsdbConnection>(), CancellationToken.None);
        var services = new ServiceCollection();
        services.AddLogging().AddSingleton(database).AddNode(configuration);
        await using var parts = services.BuildServiceProvider();
        var secrets = parts.GetRequiredService<SecretStore>();
        var faults = await parts.GetRequiredService<NodeEngine>().ReleaseAsync(line => Console.WriteLine(secrets.Mask(line)));
        foreach (var fault in faults) Console.Error.WriteLine(secrets.Mask($"{fault.Message} {fault.Hint}"));
        return faults.Count == 0;
    }

    static void Log(ILoggingBuilder logging)
    {
        if (Journal.Has(1)) logging.AddSystemdConsole();
        else logging.AddSimpleConsole(o => o.SingleLine = true);
        logging.SetMinimumLevel(LogLevel.Information).AddFilter("Microsoft", LogLevel.Warning);
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
        var file = Path.Combine(folder, "lock");
        // Opened for reading where it is there: on a disk that turned read-only the node must go on too.
        var there = File.Exists(file);
        try
        {
            return new(file, FileMode.OpenOrCreate, there ? FileAccess.Read : FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e)
        {
            throw new MeshException(ErrorKind.Conflict, $"Another host bridge uses {folder}.", folder, "Stop it first; a node has one.", e);
        }
    }
}
