using MeshMcp.Contracts.Errors;
using MeshMcp.Server.Http;
using MeshMcp.Server.Mcp;
using MeshMcp.Server.Mcp.Filters;
using MeshMcp.Server.Nodes;
using MeshMcp.Server.Relay;
using MeshMcp.Tools.Calls;
using Microsoft.Extensions.Options;
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
        await using var input = new PatientInput(Console.OpenStandardInput(), Patience);
        await using var output = Console.OpenStandardOutput();
        var builder = Host.CreateEmptyApplicationBuilder(new() { ApplicationName = "meshmcp-server" });
        StandardError.AddTo(builder.Logging);
        builder.Services.AddSingleton(TimeProvider.System).AddSingleton<CallFilters>();
        surface.AddServices(builder.Services);
        builder.Services.AddMcpServer().WithStreamServerTransport(input, output);
        builder.Services.AddSingleton(services => Options.Create(OptionsOf(surface, services, input, configuration?.Dashboard)));
        using var host = builder.Build();
        await host.RunAsync();
    }

    static McpServerOptions OptionsOf(McpSurface surface, IServiceProvider services, PatientInput input, Uri? dashboard)
    {
        var options = surface.CreateOptions(services);
        var call = new LocalCall(services.GetRequiredService<TimeProvider>(), dashboard);
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
        services.GetRequiredService<CallFilters>().AddTo(options);
        return options;
    }
}
