using System.Text.Json.Serialization;
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
/// <param name="InSync">Whether observed equals desired, and nothing of that waits; absent when that is unknown.</param>
public sealed record SystemStatus(string Name, bool Section, bool Available, bool? InSync, string? Problem = null)
{
    /// <summary>Of what is wanted, what cannot be done yet, and what for; null when nothing waits.</summary>
    public IReadOnlyList<string>? Waits { get; init; }

    /// <summary>The same in one word.</summary>
    [JsonIgnore]
    public SystemState State => this switch
    {
        { Section: false } => SystemState.Unmanaged,
        { Available: false } => SystemState.Silent,
        { InSync: true } => SystemState.InSync,
        { InSync: null } => SystemState.Faulty,
        { Problem: null, Waits.Count: > 0 } => SystemState.Waits,
        _ => SystemState.Differs,
    };
}

/// <summary>How it is with a system of a node.</summary>
public enum SystemState
{
    Unmanaged,
    InSync,
    /// <summary>All that can be done is done; the rest of what is wanted waits for something.</summary>
    Waits,
    Differs,
    /// <summary>What is wanted cannot be planned.</summary>
    Faulty,
    /// <summary>Its daemon does not answer.</summary>
    Silent,
}
