using ModelContextProtocol.Server;

namespace MeshMcp.Server.Mcp;

/// <summary>What is served: tools, resources and prompts, and what they need from the container.</summary>
/// <param name="CreateOptions">Called once for each dialect. The host adds its filters, its listen handler and scoping to what it returns.</param>
public sealed record McpSurface(Action<IServiceCollection> AddServices, Func<IServiceProvider, McpServerOptions> CreateOptions);
