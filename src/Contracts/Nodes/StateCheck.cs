using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Errors;

namespace MeshMcp.Contracts.Nodes;

/// <summary>What a node thinks of a declared document, without planning it: <c>POST /v1/validate</c>.</summary>
/// <param name="Problems">Every fault; none: it would be taken.</param>
/// <param name="Findings">What would become of the edits on top of it.</param>
public sealed record StateCheck(IReadOnlyList<Problem> Problems, IReadOnlyList<Finding> Findings);
