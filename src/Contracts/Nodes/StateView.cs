using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.State;

namespace MeshMcp.Contracts.Nodes;

/// <summary>The three sides of a node's state: <c>desired</c> (declared with all edits), <c>declared</c> (the document alone), <c>observed</c> (what carries our mark on the host).</summary>
public sealed record StateView(string View, NodeState State, int? Generation, IReadOnlyList<Finding> Findings);
