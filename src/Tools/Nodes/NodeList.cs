using MeshMcp.Contracts.Nodes;

namespace MeshMcp.Tools.Nodes;

public sealed record NodeList(int Reachable, int Total, IReadOnlyList<NodeRow> Nodes);

/// <summary>One node as far as it answers.</summary>
public sealed record NodeRow(string Name, bool Reachable)
{
    /// <summary>Why it is not reachable.</summary>
    public string? Problem { get; init; }
    /// <summary>What to look at then.</summary>
    public string? Hint { get; init; }
    public double? Milliseconds { get; init; }
    public string? Version { get; init; }
    /// <summary>The last confirmed change.</summary>
    public int? Generation { get; init; }
    public WaitingChange? Waiting { get; init; }
    /// <summary>Its containers serve this server or the API: a change there can cut the caller off.</summary>
    public bool? Serves { get; init; }
    public IReadOnlyList<SystemStatus>? Systems { get; init; }
    public IReadOnlyList<string>? Findings { get; init; }
}

/// <summary>A change that is undone unless it is confirmed.</summary>
public sealed record WaitingChange(int Generation, string Status, int? SecondsLeft);
