using System.CommandLine;
using MeshMcp.Cli.Output;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Nodes;
using Spectre.Console;

namespace MeshMcp.Cli.Commands;

/// <summary>Follows a change from its plan to its end.</summary>
static class ChangeReport
{
    /// <summary>Makes one edit, with the <see cref="ChangeOptions"/> that were given.</summary>
    /// <inheritdoc cref="FollowAsync"/>
    public static Task EditAsync(NodeClient node, Edit edit, ParseResult parse, Printer printer, CancellationToken ct) =>
        FollowAsync(node.ApplyAsync(new() { Edits = [edit], ConfirmWithin = parse.GetValue(ChangeOptions.ConfirmWithin), Why = parse.GetValue(ChangeOptions.Why) }, ct), printer);

    /// <summary>Prints each step as it is done, then the outcome.</summary>
    /// <exception cref="MeshException">The node's reason when the change did not hold.</exception>
    public static async Task FollowAsync(IAsyncEnumerable<ApplyEvent> events, Printer printer)
    {
        var finished = await EndAsync(events, printer);
        printer.Show(finished, console => PrintEnd(console, finished));
    }

    /// <summary>Shows the progress only, for a command that goes on after the change.</summary>
    public static async Task<ApplyEvent.Finished> EndAsync(IAsyncEnumerable<ApplyEvent> events, Printer printer)
    {
        ApplyEvent.StepStarted? running = null;
        await foreach (var e in events)
            switch (e)
            {
                case ApplyEvent.Planned planned:
                    printer.Progress(console => Words.Print(console, planned.Plan.Findings));
                    break;
                case ApplyEvent.StepStarted started:
                    running = started;
                    printer.Progress(console => console.MarkupInterpolated($"[[{started.Index + 1}/{started.Count}]] [bold]{Plain.Text(started.Step.System)}[/] {Plain.Text(started.Step.Target)}: {Plain.Text(started.Step.Summary)} … "));
                    break;
                case ApplyEvent.StepProgress progress:
                    printer.Progress(console => console.MarkupInterpolated($"\n  {Plain.Text(progress.Message)} … "));
                    break;
                case ApplyEvent.StepDone:
                    running = null;
                    printer.Progress(console => console.MarkupLine("[green]done[/]"));
                    break;
                case ApplyEvent.Verifying verifying:
                    printer.Progress(console => console.WriteLine(verifying.Attempt <= 1 ? "verifying" : $"verifying, attempt {verifying.Attempt}"));
                    break;
                case ApplyEvent.RollingBack back:
                    var broken = running is not null;
                    printer.Progress(console => console.MarkupLineInterpolated($"{(broken ? "\n" : "")}[yellow]rolling back:[/] {Plain.Text(back.Cause.Message)}"));
                    break;
                case ApplyEvent.Finished finished:
                    if (finished.Error is { } error) throw new MeshException(error);
                    return finished;
            }
        throw new MeshException(ErrorKind.Unavailable, "The node stopped reporting before the change had ended.", hint: "It finishes or undoes the change by itself: see meshctl history.");
    }

    static void PrintEnd(IAnsiConsole console, ApplyEvent.Finished finished)
    {
        if (finished.Generation is not { } generation)
        {
            console.WriteLine("Nothing to change: the node is as wanted.");
            return;
        }
        console.MarkupLineInterpolated($"generation [bold]{generation.Number}[/]: {Words.Of(generation.Status)}");
        Words.PrintChoice(console, generation);
    }
}
