using MeshMcp.Contracts.Changes;

namespace MeshMcp.Contracts.Nodes;

/// <summary>A node in short: <c>GET /v1/node</c>.</summary>
/// <param name="Serves">Containers of this node serve the MCP server or the API, so a change here can cut the caller off.</param>
public sealed record NodeStatus(
    string Name,
    string Version,
    IReadOnlyList<SystemStatus> Systems,
    Generation? Generation,
    Generation? Pending,
    bool Serves,
    IReadOnlyList<Finding> Findings)
{
    /// <summary>What healing last did or could not do.</summary>
    public string? LastHealing { get; init; }
}

/// <param name="Section">Whether the desired state has the system's section.</param>
/// <param name="Available">Whether its daemon answers.</param>
/// <param name="InSync">Whether observed equals desired; absent when that is unknown.</param>
public sealed record SystemStatus(string Name, bool Section, bool Available, bool? InSync, string? Problem = null);
