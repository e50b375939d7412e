using System.Globalization;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.State;
using Spectre.Console;

namespace MeshMcp.Cli.Output;

/// <summary>Changes, plans and findings in words.</summary>
static class Words
{
    public static string Of(GenerationStatus status) => status switch
    {
        GenerationStatus.Applying => "applying",
        GenerationStatus.AwaitingConfirmation => "awaits confirmation",
        GenerationStatus.Confirmed => "confirmed",
        GenerationStatus.RolledBack => "rolled back",
        _ => "failed",
    };

    public static string Of(Generation generation) =>
        Plain.Text($"{Of(generation.Status)}, {Moment(generation.At)} by {generation.By}{(generation.Why is { } why ? $": {why}" : "")}");

    public static string Moment(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    /// <summary>Of what ends by itself; null for what stays.</summary>
    public static string? Left(double? seconds) => seconds is { } left ? Expiry.Words(TimeSpan.FromSeconds(left)) : null;

    public static void Print(IAnsiConsole console, Plan plan)
    {
        if (plan.Steps.Count == 0) console.WriteLine("Nothing to do: the node is as wanted.");
        foreach (var (i, step) in plan.Steps.Index())
        {
            console.MarkupLineInterpolated($"{i + 1}. [bold]{Plain.Text(step.System)}[/] {Plain.Text(step.Target)}: {Plain.Text(step.Summary)}{NoteOf(step)}");
            foreach (var detail in step.Details ?? [])
            {
                var colour = detail is ['+', ..] ? Color.Green : detail is ['-', ..] ? Color.Red : detail is ['~', ..] ? Color.Yellow : Color.Default;
                console.Write(new Text($"   {Plain.Text(detail)}\n", new Style(colour)));
            }
        }
        Print(console, plan.Differences ?? []);
        if (plan.Blast?.Describe() is { Length: > 0 } blast) console.WriteLine($"reaches {Plain.Text(blast)}");
        Print(console, plan.Findings);
    }

    public static void Print(IAnsiConsole console, IReadOnlyList<ItemDifference> differences)
    {
        foreach (var item in differences)
        {
            console.WriteLine($"{item.Sign} {Plain.Text(item.Path)}");
            if (item.Before is { } before) console.Write(new Text($"  - {Plain.Text(before)}\n", new Style(Color.Red)));
            if (item.After is { } after) console.Write(new Text($"  + {Plain.Text(after)}\n", new Style(Color.Green)));
        }
    }

    public static void Print(IAnsiConsole console, IReadOnlyList<Finding> findings)
    {
        foreach (var finding in findings)
            console.MarkupLineInterpolated($"[yellow]{Plain.Text(finding.Kind)}[/] {Plain.Text(finding.Path)}: {Plain.Text(finding.Message)}");
    }

    /// <summary>How to keep or undo a change that waits.</summary>
    public static void PrintChoice(IAnsiConsole console, Generation generation)
    {
        if (generation is not { Status: GenerationStatus.AwaitingConfirmation, Confirmation: { } confirmation }) return;
        var left = confirmation.SecondsLeft ?? confirmation.Within;
        console.MarkupLineInterpolated($"[yellow]Generation {generation.Number} is undone in {left:0} s unless it is confirmed.[/]");
        console.WriteLine($"  keep it:  meshctl confirm {generation.Number}");
        console.WriteLine("  undo it:  meshctl rollback");
    }

    static string NoteOf(PlannedStep step) =>
        (step.Effect == Effect.Reversible ? "" : $" [{step.Effect.ToString().ToLowerInvariant()}]") + (step.Paths?.Any(p => p.Cut) == true ? $" [cuts {Plain.Text(step.Paths.First(p => p.Cut).Path)}: refused without --force]" : step.TouchesManagement ? " [crosses the way in: must be confirmed]" : "");
}
