using MeshMcp.Contracts.Errors;

namespace MeshMcp.Bench.Peers;

/// <summary>Where the tools to compare with are installed.</summary>
/// <param name="Node">Node.js 22.</param>
/// <param name="Everything">The package folder of <c>@modelcontextprotocol/server-everything</c>.</param>
/// <param name="Kubernetes">The program <c>kubernetes-mcp-server</c>.</param>
sealed record PeerPrograms(string Node, string Everything, string Kubernetes)
{
    public static PeerPrograms FromEnvironment() => new(Get("MESHMCP_NODE"), Get("MESHMCP_EVERYTHING"), Get("MESHMCP_KUBERNETES"));

    static string Get(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } path && Path.Exists(path)
        ? path
        : throw new MeshException(ErrorKind.Unavailable, $"{name} must name an installed tool.", name, "Run ./dev bench, which installs what is compared.");
}
