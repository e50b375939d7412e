using Microsoft.Extensions.Options;
using ModelContextProtocol.AspNetCore;
using ModelContextProtocol.Server;

namespace MeshMcp.Server.Mcp;

/// <summary>Streamable HTTP in both dialects on one URL, by ModelContextProtocol.AspNetCore; what is ours of it is <see cref="McpDoor"/>.</summary>
static class McpEndpoint
{
    public const string Path = "/mcp", SessionHeader = "Mcp-Session-Id", VersionHeader = "MCP-Protocol-Version", LastEventHeader = "Last-Event-ID";

    public static void Map(WebApplication app)
    {
        app.UseMiddleware<McpDoor>();
        app.MapMcp(Path);
    }

    public static void AddTo(IServiceCollection services, SessionLimits limits)
    {
        services.AddSingleton(new Sessions(limits, TimeProvider.System));
        services.AddSingleton<ISseEventStreamStore, EventStore>();
        services.AddMcpServer().WithHttpTransport(http =>
        {
            http.SessionMode = HttpServerSessionMode.StatefulForInitializeClients;
            http.IdleTimeout = limits.Idle;
        });
        // Made once and shared: the package would make them anew for each request of the newer dialect.
        services.AddSingleton<IOptionsFactory<McpServerOptions>, StatelessOptions>();
        services.AddSingleton(s => Options.Create(s.GetRequiredService<Dialects>().Session));
    }

    sealed class StatelessOptions(Dialects dialects) : IOptionsFactory<McpServerOptions>
    {
        public McpServerOptions Create(string name) => dialects.Stateless;
    }
}
