using System.Runtime.InteropServices;
using MeshMcp.Contracts.Errors;
using MeshMcp.Server.Http;
using MeshMcp.Server.Mcp;
using MeshMcp.Server.Mcp.Filters;
using MeshMcp.Server.Nodes;
using MeshMcp.Server.Relay;
using MeshMcp.Tools.Calls;
using ModelContextProtocol.Server;

namespace MeshMcp.Server.Roles;

/// <summary><c>meshmcp-server stdio</c>: one client, the one that started this process.</summary>
static class StdioRole
{
    /// <summary>How long the end of input waits for answers.</summary>
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

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
        await using var input = new PatientInput(Console.OpenStandardInput(), Patience);
        options.Filters.Message.IncomingFilters.Add(next => async (context, ct) =>
        {
            context.JsonRpcMessage.Attach(call);
            try
            {
                await next(context, ct);
            }
            finally
            {
                input.Done();
            }
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
        await using var output = Console.OpenStandardOutput();
        await using var transport = new StreamServerTransport(input, output, options.ServerInfo?.Name, logs);
        await using var server = McpServer.Create(transport, options, logs, provider);
        await server.RunAsync(stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
