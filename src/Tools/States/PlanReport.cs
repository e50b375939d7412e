using MeshMcp.Contracts.Changes;
using MeshMcp.Tools.Answers;

namespace MeshMcp.Tools.States;

/// <param name="Digest">Names this plan: give it to apply_state as expectedDigest.</param>
/// <param name="NeedsConfirmation">A step touches the way to the node, so the change will have to be confirmed.</param>
/// <param name="Steps">What would be done, in order; a bounded number of lines of details is shown.</param>
public sealed record PlanReport(string Node, string Digest, bool NeedsConfirmation, IReadOnlyList<PlannedStep> Steps, IReadOnlyList<Finding> Findings) : Told
{
    /// <summary>What it reaches: ports, containers, ways in, VPN clients.</summary>
    public Blast? Blast { get; init; }
}
