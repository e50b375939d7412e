using MeshMcp.Contracts.Changes;
using MeshMcp.Tools.Answers;
using ModelContextProtocol.Protocol;

namespace MeshMcp.Tools.Changes;

public enum ChangeOutcome
{
    /// <summary>The node was that way already.</summary>
    Unchanged,
    Done,
    /// <summary>Done and verified, and undone by the node unless confirmed.</summary>
    WaitsForConfirmation,
    /// <summary>The change that waited is taken back.</summary>
    Undone,
}

/// <summary>How a change went.</summary>
/// <param name="Planned">What had to be done; each step was done and verified. Long details are cut.</param>
public sealed record ChangeReport(string Node, bool Changed, ChangeOutcome Outcome, IReadOnlyList<PlannedStep> Planned)
{
    public int? Generation { get; init; }
    public bool Verified { get; init; }
    /// <summary>How the change was confirmed, where that was needed.</summary>
    public string? Confirmed { get; init; }
    public PendingConfirmation? Confirmation { get; init; }
    public IReadOnlyList<Finding>? Findings { get; init; }

    const int ShownSteps = 12;

    /// <summary>Edits that a document made count no more.</summary>
    internal int Settled { get; init; }

    internal CallToolResult ToAnswer() => Answer.Of(this, ToolJson.Default.ChangeReport, Lines());

    IEnumerable<string> Lines()
    {
        yield return Outcome switch
        {
            ChangeOutcome.Unchanged when Generation is not null => $"changed: false. {(Settled > 0 ? $"Settled {Words.Count(Settled, "edit")}" : "The declared document is replaced")}, nothing to do on {Node}; generation {Generation}.",
            ChangeOutcome.Unchanged => $"changed: false. {Node} is that way already; no new generation.",
            ChangeOutcome.Undone => $"changed: {Words.Of(Changed)}. Generation {Generation} on {Node} is undone: {Node} is as it was before.",
            _ => $"changed: {Words.Of(Changed)}. {Words.Count(Planned.Count, "step")} planned, done and verified on {Node}, generation {Generation}{(Confirmed is null ? "" : $", {Confirmed}")}.",
        };
        foreach (var line in Answer.Some([.. Planned.SelectMany(Words.Of)], ShownSteps)) yield return line;
        foreach (var finding in Findings ?? []) yield return $"{finding.Kind}: {finding.Path}: {finding.Message}";
        if (Confirmation is { } c) yield return $"NOT KEPT YET: undone in {c.SecondsLeft} s unless confirmed. {c.How}";
    }
}

/// <param name="How">The call to make, in words.</param>
/// <param name="Tool">The tool to call with node and generation.</param>
/// <param name="NewConnection">It counts only on a connection opened after the change: this one closes with this answer.</param>
public sealed record PendingConfirmation(int SecondsLeft, string Tool, int Generation, bool NewConnection, string How);
