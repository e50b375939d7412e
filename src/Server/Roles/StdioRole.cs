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
        var configuration = configurationPath is null ? null : ServerConfiguration.Read(configurationPath);
        var surface = configuration is null
            ? MeshSurface.Of(await LocalNode.FindAsync(RelayConfiguration.DefaultSocket, CancellationToken.None))
            : MeshSurface.Of(configuration.SourcesIn(configurationPath!), configuration.Approvals, configuration.Toolsets);
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

        foreach (var service in provider.GetServices<IHostedService>()) await service.StartAsync(CancellationToken.None);
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
        foreach (var service in provider.GetServices<IHostedService>()) await service.StopAsync(CancellationToken.None);
    }
}
