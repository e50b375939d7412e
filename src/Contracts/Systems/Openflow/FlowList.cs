namespace MeshMcp.Contracts.Nodes;

/// <summary>The flows of a bridge as they are on the switch, highest priority first in each table.</summary>
/// <param name="Total">How many there are on the bridge; <paramref name="Flows"/> may be fewer.</param>
public sealed record FlowList(string Bridge, int Total, IReadOnlyList<ListedFlow> Flows);

/// <summary>One flow with its counters.</summary>
/// <param name="Flow">In the form that add and delete take, with port names.</param>
/// <param name="Ours">Carries our cookie; others' flows are shown and never touched.</param>
public sealed record ListedFlow(string Flow, int Table, int Priority, string Match, string Actions, bool Ours, string Cookie, long Packets, long Bytes)
{
    /// <summary>Until it is taken away, or as it was before, by itself; null: it stays.</summary>
    public double? SecondsLeft { get; init; }
}
