using MeshMcp.Server.Mcp.Filters;
using ModelContextProtocol.Server;

namespace MeshMcp.Server.Mcp;

/// <summary>The served options in the form each dialect needs; made once and shared by all sessions and requests.</summary>
sealed class Dialects(McpSurface surface, CallFilters filters, ListenHub hub, IServiceProvider services)
{
    readonly Lazy<McpServerOptions> _session = new(() => Create(surface, filters, services));

    readonly Lazy<McpServerOptions> _stateless = new(() =>
    {
        var options = Create(surface, filters, services);
        // One throw-away server for each request, which already has services of its own.
        options.ScopeRequests = false;
        hub.AddTo(options);
        return options;
    });

    /// <summary>For servers that live as long as their client: sessions, standard input.</summary>
    public McpServerOptions Session => _session.Value;

    public McpServerOptions Stateless => _stateless.Value;

    static McpServerOptions Create(McpSurface surface, CallFilters filters, IServiceProvider services)
    {
        var options = surface.CreateOptions(services);
        filters.AddTo(options);
        return options;
    }
}
