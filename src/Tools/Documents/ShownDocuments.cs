using System.Text.Json.Nodes;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.State;
using MeshMcp.Tools.Answers;

namespace MeshMcp.Tools.Documents;

/// <summary>Answer of <c>get_schema</c>.</summary>
/// <param name="Schema">JSON Schema, of the whole document or of the section.</param>
sealed record ShownSchema(string? Section, JsonObject Schema) : Told;

/// <summary>Answer of <c>validate_state</c>.</summary>
/// <param name="Faults">How many there are.</param>
/// <param name="Findings">What would become of the edits on top of it.</param>
sealed record ShownVerdict(string Node, int Faults, IReadOnlyList<Problem> Problems, IReadOnlyList<Finding> Findings) : Told;

/// <summary>Answer of <c>diff_states</c>.</summary>
/// <param name="Total">Items that differ.</param>
sealed record ShownDifferences(string Node, string From, string To, int Total, IReadOnlyList<ItemDifference> Items, int? NextCursor) : Told;

/// <summary>Answer of <c>list_edits</c>.</summary>
/// <param name="Total">How many were ever made.</param>
sealed record ShownEdits(string Node, int Total, IReadOnlyList<ListedEdit> Edits, int? NextCursor) : Told;
