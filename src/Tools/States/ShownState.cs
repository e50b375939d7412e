using System.Text.Json.Nodes;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Tools.Answers;

namespace MeshMcp.Tools.States;

/// <param name="State">The document; without the sections that are named in <paramref name="LeftOut"/>.</param>
/// <param name="LeftOut">Too long to show here, and how to read them: such an answer must not be given to apply_state.</param>
public sealed record ShownState(string Node, string View, JsonObject State, int? Generation = null, IReadOnlyList<Finding>? Findings = null, IReadOnlyList<string>? LeftOut = null) : Told
{
    /// <summary>The items that edits made or took away; all others are the declared document's.</summary>
    public IReadOnlyList<ItemOrigin>? Origins { get; init; }
    /// <summary>For expectedRevision of apply_state; not of what is observed.</summary>
    public string? Revision { get; init; }
}
