using MeshMcp.Contracts.Nodes;
using MeshMcp.Tools.Answers;

namespace MeshMcp.Tools.Nodes;

public sealed record NodeList(int Reachable, int Total, IReadOnlyList<NodeRow> Nodes) : Told;

/// <summary>One node as far as it answers.</summary>
/// <param name="State">The worst of its systems' states, or <c>unreachable</c>.</param>
public sealed record NodeRow(string Name, string State, bool Reachable = true)
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
    /// <summary>Those with which something is wrong; for programs all.</summary>
    public IReadOnlyList<ShownSystem>? Systems { get; init; }
    public IReadOnlyList<string>? Findings { get; init; }
    /// <summary>More findings than are shown.</summary>
    public int? FindingsLeftOut { get; init; }
}

/// <param name="Problem">What differs, or why it cannot be told.</param>
/// <param name="Waits">What of it cannot be done yet, and what for.</param>
public sealed record ShownSystem(string Name, SystemState State, string? Problem, IReadOnlyList<string>? Waits);

/// <summary>A change that is undone unless it is confirmed.</summary>
public sealed record WaitingChange(int Generation, string Status, int? SecondsLeft);
