using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.State;

namespace MeshMcp.Contracts.Nodes;

/// <summary>The three sides of a node's state: <c>desired</c> (declared with all edits), <c>declared</c> (the document alone), <c>observed</c> (what carries our mark on the host).</summary>
public sealed record StateView(string View, NodeState State, int? Generation, IReadOnlyList<Finding> Findings)
{
    /// <summary>Where each item is from, when that was asked for.</summary>
    public IReadOnlyList<ItemOrigin>? Origins { get; init; }
    /// <summary>Names what is desired now, document and edits; an apply can ask that it still be so. Absent for what is observed.</summary>
    public string? Revision { get; init; }
}

/// <summary>Where an item of the desired state is from.</summary>
/// <param name="Edit">Number of the edit that made it so; null: the declared document.</param>
/// <param name="Removed">The document has it and the edit took it away.</param>
public sealed record ItemOrigin(string Path, int? Edit = null, string? By = null, DateTimeOffset? At = null, string? Why = null, bool Removed = false)
{
    /// <summary>When the edit ends by itself; null: never.</summary>
    public DateTimeOffset? Until { get; init; }
}
