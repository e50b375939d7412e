using MeshMcp.Contracts.Nodes;
using MeshMcp.Server.Mcp;
using MeshMcp.Tools.Calls;
using ModelContextProtocol.Server;

namespace MeshMcp.Server.Roles;

/// <summary>The mesh as MCP shows it: the same tools, resources and prompts over HTTP and standard input.</summary>
static class MeshSurface
{
    public static McpSurface Of(IReadOnlyDictionary<string, NodeEndpoint> nodes) => new(
        services => services.AddSingleton<RequestStateProtector>(),
        services => new McpServerOptions
        {
            ServerInfo = new() { Name = "meshmcp", Title = "MeshMcp", Version = ServerRoles.Version },
            ToolCollection = [],
            ResourceCollection = [],
            PromptCollection = [],
        });
}
