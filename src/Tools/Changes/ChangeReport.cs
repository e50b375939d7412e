using MeshMcp.Contracts.Changes;
using MeshMcp.Tools.Answers;
using ModelContextProtocol.Protocol;

namespace MeshMcp.Tools.Changes;

/// <summary>What became of what was asked for. A call that fails says whether it was refused or undone.</summary>
public enum ChangeOutcome
{
    /// <summary>Done and verified.</summary>
    Done,
    /// <summary>Kept as wanted; some or all of it cannot be done yet, and is by itself once it can.</summary>
    Waits,
    /// <summary>The node was that way already.</summary>
    NothingToDo,
    /// <summary>Done and verified, and undone by the node unless confirmed.</summary>
    Held,
    /// <summary>It did not hold, or was taken back: the node is as it was.</summary>
    Undone,
    /// <summary>Nothing was done.</summary>
    Refused,
    /// <summary>Nothing was done, as only a plan was asked for.</summary>
    Planned,
}

/// <summary>How a change went.</summary>
/// <param name="Planned">What had to be done, in the order in which it was; a bounded number of lines of details is shown.</param>
public sealed record ChangeReport(string Node, bool Changed, ChangeOutcome Outcome, IReadOnlyList<PlannedStep> Planned, bool Verified = false) : Told
{
    public int? Generation { get; init; }
    /// <summary>How the change was confirmed, where that was needed.</summary>
    public string? Confirmed { get; init; }
    public PendingConfirmation? Confirmation { get; init; }
    /// <summary>What cannot be done yet, and what for.</summary>
    public IReadOnlyList<string>? Waits { get; init; }
    /// <summary>Why it is undone.</summary>
    public string? Because { get; init; }
    public IReadOnlyList<Finding>? Findings { get; init; }
    /// <summary>What of the desired state would be otherwise, field by field, where only a plan was asked for.</summary>
    public IReadOnlyList<string>? Differences { get; init; }
    /// <summary>How many of them are left out.</summary>
    public int? DifferencesLeftOut { get; init; }

    /// <summary>Edits that a document made count no more.</summary>
    internal int Settled { get; init; }

    internal CallToolResult ToAnswer()
    {
        var (steps, leftOut) = Words.Bounded(Planned);
        var report = this with { Planned = steps };
        return Answer.Of(report, ToolJson.Default.ChangeReport, [.. report.Sentences(), .. Words.LeftOut(leftOut)], report.Rows());
    }

    IEnumerable<string> Sentences()
    {
        var changed = $"changed: {Words.Of(Changed)}.";
        var number = Generation is { } g ? $", generation {g}" : "";
        yield return Outcome switch
        {
            ChangeOutcome.Planned => $"{changed} DRY RUN: nothing was done. {(Planned.Count == 0 ? $"There is nothing to do on {Node}" : $"{Words.Count(Planned.Count, "step")} would be done on {Node}")}. To do it, call again without {DryRun.Argument}.",
            ChangeOutcome.NothingToDo when Generation is not null => $"{changed} {(Settled > 0 ? $"Settled {Words.Count(Settled, "edit")}" : "The declared document is replaced")}, nothing to do on {Node}; generation {Generation}.",
            ChangeOutcome.NothingToDo => $"{changed} {Node} is that way already; no new generation.",
            ChangeOutcome.Undone => $"{changed} Generation {Generation} on {Node} is undone: {Node} is as it was before.",
            ChangeOutcome.Waits when Planned.Count == 0 => $"{changed} WAITS: nothing of it could be done on {Node} yet; it is kept as wanted{number}, and done by itself once it can be.",
            ChangeOutcome.Waits => $"{changed} WAITS: {Words.Count(Planned.Count, "step")} done on {Node}{number}; the rest is kept as wanted, and done by itself once it can be.",
            _ => $"{changed} {Words.Count(Planned.Count, "step")} planned, done and verified on {Node}{number}{(Confirmed is null ? "" : $", {Confirmed}")}.",
        };
        if (DifferencesLeftOut is { } more) yield return $"{Words.Count(more, "difference")} left out.";
        if (Confirmation is { } c) yield return $"NOT KEPT YET: undone in {c.SecondsLeft} s unless confirmed. {c.How}";
    }

    IEnumerable<string> Rows() =>
    [
        .. Because is null ? [] : new[] { $"because: {Because}" },
        .. Words.Lines(Planned),
        .. Differences ?? [],
        .. (Waits ?? []).Select(w => $"waits: {w}"),
        .. (Findings ?? []).Select(Words.Of),
        .. Words.Details(Planned),
    ];
}

/// <param name="Until">Undone then; for people, by the node's clock.</param>
/// <param name="How">The call to make, in words.</param>
/// <param name="Tool">The tool to call with node and generation.</param>
/// <param name="NewConnection">It counts only on a connection opened after the change: this one closes with this answer.</param>
public sealed record PendingConfirmation(int SecondsLeft, DateTimeOffset Until, string Tool, int Generation, bool NewConnection, string How);
