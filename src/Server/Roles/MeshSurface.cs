using MeshMcp.Contracts.Nodes;
using MeshMcp.Server.Mcp;
using MeshMcp.Server.Nodes;
using MeshMcp.Tools;
using MeshMcp.Tools.Calls;
using MeshMcp.Tools.Nodes;
using ModelContextProtocol.Server;

namespace MeshMcp.Server.Roles;

/// <summary>The mesh as MCP shows it: the same tools, resources and prompts over HTTP and standard input.</summary>
static class MeshSurface
{
    /// <param name="toolsets">Null: the default ones.</param>
    public static McpSurface Of(IReadOnlyDictionary<string, NodeEndpoint> nodes, IReadOnlyList<string>? toolsets = null) => Of(new NodeSources(nodes), toolsets: toolsets);

    /// <inheritdoc cref="Of(IReadOnlyDictionary{string, NodeEndpoint}, IReadOnlyList{string}?)"/>
    public static McpSurface Of(NodeSources sources, ApprovalPolicy approvals = ApprovalPolicy.Ask, IReadOnlyList<string>? toolsets = null) => new(
        services => services.AddNodes(sources)
            .AddSingleton(s => new Approvals(s.GetRequiredService<TimeProvider>(), approvals)),
        services =>
        {
            var options = new McpServerOptions { ServerInfo = new() { Name = "meshmcp", Title = "MeshMcp", Version = ServerRoles.Version } };
            MeshTools.AddTo(options, services.GetRequiredService<INodes>(), toolsets);
            return options;
        });

    /// <summary>The directory of nodes, kept up to date.</summary>
    public static IServiceCollection AddNodes(this IServiceCollection services, NodeSources sources) => services
        .AddSingleton(sources)
        .AddSingleton(_ => new NodeDirectory(sources.Nodes))
        .AddSingleton<INodes>(s => s.GetRequiredService<NodeDirectory>())
        .AddHostedService<NodeWatch>()
        .AddSingleton<RefusalReports>()
        .AddHostedService(s => s.GetRequiredService<RefusalReports>());
}
