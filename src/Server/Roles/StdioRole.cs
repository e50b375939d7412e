using System.Runtime.InteropServices;
using MeshMcp.Contracts.Errors;
using MeshMcp.Server.Http;
using MeshMcp.Server.Mcp.Filters;
using MeshMcp.Server.Nodes;
using MeshMcp.Server.Relay;
using MeshMcp.Tools.Calls;
using ModelContextProtocol.Server;

namespace MeshMcp.Server.Roles;

/// <summary><c>meshmcp-server stdio</c>: one client, the one that started this process.</summary>
static class StdioRole
{
    /// <summary>Serves until standard input ends, or SIGTERM or SIGINT.</summary>
    /// <param name="configurationPath">Without it the host bridge's socket on this machine is the only node.</param>
    /// <exception cref="MeshException">The configuration cannot be used.</exception>
    public static async Task RunAsync(string? configurationPath)
    {
        var nodes = configurationPath is null
            ? await LocalNode.FindAsync(RelayConfiguration.DefaultSocket, CancellationToken.None)
            : ServerConfiguration.Read(configurationPath).Nodes;
        var surface = MeshSurface.Of(nodes);
        var services = new ServiceCollection().AddSingleton(TimeProvider.System).AddLogging(StandardError.AddTo);
        surface.AddServices(services);
        await using var provider = services.BuildServiceProvider();
        var logs = provider.GetRequiredService<ILoggerFactory>();

        var options = surface.CreateOptions(provider);
        var call = new LocalCall(TimeProvider.System);
        options.Filters.Message.IncomingFilters.Add(next => (context, ct) =>
        {
            context.JsonRpcMessage.Attach(call);
            return next(context, ct);
        });
        new CallFilters(logs.CreateLogger<CallFilters>(), TimeProvider.System).AddTo(options);

        using var stop = new CancellationTokenSource();
        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stop.Cancel();
        }
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        await using var transport = new StdioServerTransport(options, logs);
        await using var server = McpServer.Create(transport, options, logs, provider);
        await server.RunAsync(stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
