using MeshMcp.Tools.Answers;

namespace MeshMcp.Tools.Flows;

/// <param name="Total">On the bridge.</param>
/// <param name="Matching">Of these, the ones asked for.</param>
/// <param name="NextCursor">Absent on the last page.</param>
public sealed record FlowPage(string Node, string Bridge, int Total, int Matching, IReadOnlyList<FlowRow> Flows, int? NextCursor = null) : Told;

/// <param name="Flow">In the form that add_flow and delete_flow take.</param>
/// <param name="Ours">False: it belongs to another program, and is never changed.</param>
public sealed record FlowRow(string Flow, long Packets, long Bytes, bool Ours = true)
{
    /// <summary>Until it ends by itself; absent where it stays.</summary>
    public int? SecondsLeft { get; init; }
}
