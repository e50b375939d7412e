using MeshMcp.Contracts.Changes;

namespace MeshMcp.Tools.Changes;

/// <summary>Changes in words.</summary>
static class Words
{
    /// <summary>Of all steps of an answer together.</summary>
    const int MaxDetails = 24;

    public static string Of(bool value) => value ? "true" : "false";

    public static string Of(Finding finding) => $"{finding.Kind}: {finding.Path}: {finding.Message}";

    public static string Count(int count, string what) => $"{count} {what}{(count == 1 ? "" : "s")}";

    /// <summary>Every step in one line: first what nothing undoes, then what disturbs, then what lies on a way to the node.</summary>
    public static IEnumerable<string> Lines(IReadOnlyList<PlannedStep> steps) => ByDanger(steps).Select(s => $"- {s.System}: {s.Summary}{Flags(s)}");

    public static IEnumerable<string> Details(IReadOnlyList<PlannedStep> steps) =>
        from step in ByDanger(steps)
        where step.Details is { Count: > 0 }
        from line in steps.Count == 1 ? step.Details!.Select(d => $"  {d}") : [$"{step.Summary}:", .. step.Details!.Select(d => $"  {d}")]
        select line;

    /// <summary>With no more details than an answer may have: as many of each step, what is taken away first.</summary>
    public static (IReadOnlyList<PlannedStep> Steps, int LeftOut) Bounded(IReadOnlyList<PlannedStep> steps)
    {
        var all = steps.Sum(s => s.Details?.Count ?? 0);
        if (all <= MaxDetails) return (steps, 0);
        var each = MaxDetails;
        while (Kept(each) > MaxDetails) each--;
        return ([.. steps.Select(s => s.Details is { } details && details.Count > each ? s with { Details = [.. details.OrderBy(d => d.TrimStart() is ['-', ..] ? 0 : 1).Take(each)] } : s)], all - Kept(each));

        int Kept(int most) => steps.Sum(s => Math.Min(s.Details?.Count ?? 0, most));
    }

    public static IEnumerable<string> LeftOut(int details) => details == 0 ? [] : [$"{Count(details, "line")} of details left out, no step."];

    static IEnumerable<PlannedStep> ByDanger(IReadOnlyList<PlannedStep> steps) => steps.OrderByDescending(s => s.Effect).ThenByDescending(s => s.TouchesManagement || s.Paths is { Count: > 0 });

    static string Flags(PlannedStep step)
    {
        string[] flags =
        [
            .. step.Effect == Effect.Reversible ? [] : new[] { step.Effect.ToString().ToLowerInvariant() },
            .. step.Paths is { Count: > 0 } paths ? paths.Select(p => $"{(p.Cut ? "cuts" : "touches")} {p.Path}") : step.TouchesManagement ? ["touches management"] : [],
        ];
        return flags.Length == 0 ? "" : $" ({string.Join(", ", flags)})";
    }
}
