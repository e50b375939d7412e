using System.CommandLine;
using MeshMcp.Cli.Output;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Nodes;
using Spectre.Console;

namespace MeshMcp.Cli.Commands;

/// <summary>Follows a change from its plan to its end. Interrupted, it has the node stop before its next step and undo what was done, and follows that to its end.</summary>
static class ChangeReport
{
    /// <summary>Makes one edit, with the <see cref="ChangeOptions"/> that were given.</summary>
    /// <inheritdoc cref="FollowAsync"/>
    public static Task EditAsync(NodeClient node, Edit edit, ParseResult parse, Printer printer, CancellationToken ct) =>
        MakeAsync(node, new ChangeRequest { Edits = [edit], For = parse.GetValue(ChangeOptions.For) }, parse, printer, ct);

    /// <summary>Carries a change out with the <see cref="ChangeOptions"/> that were given, or only shows its plan.</summary>
    /// <inheritdoc cref="FollowAsync"/>
    public static Task MakeAsync(NodeClient node, ChangeRequest request, ParseResult parse, Printer printer, CancellationToken ct)
    {
        request = request with { ConfirmWithin = parse.GetValue(ChangeOptions.ConfirmWithin), Force = parse.GetValue(ChangeOptions.Force), Why = parse.GetValue(ChangeOptions.Why) };
        return parse.GetValue(ChangeOptions.DryRun) ? ShowAsync(node.PlanAsync(request, ct), printer) : FollowAsync(node, node.ApplyAsync(request, CancellationToken.None), printer, ct);
    }

    /// <inheritdoc cref="MakeAsync(NodeClient, ChangeRequest, ParseResult, Printer, CancellationToken)"/>
    public static Task MakeAsync(NodeClient node, RollbackRequest request, ParseResult parse, Printer printer, CancellationToken ct)
    {
        request = request with { ConfirmWithin = parse.GetValue(ChangeOptions.ConfirmWithin), Force = parse.GetValue(ChangeOptions.Force), Why = parse.GetValue(ChangeOptions.Why) };
        return parse.GetValue(ChangeOptions.DryRun) ? ShowAsync(node.PlanRollbackAsync(request, ct), printer) : FollowAsync(node, node.RollbackAsync(request, CancellationToken.None), printer, ct);
    }

    public static async Task ShowAsync(Task<Plan> asked, Printer printer)
    {
        var plan = await asked;
        printer.Show(plan, console =>
        {
            Words.Print(console, plan);
            console.WriteLine("Nothing was done: this was a dry run.");
        });
    }

    /// <summary>Prints each step as it is done, then the outcome.</summary>
    /// <param name="events">Of a request that does not end with <paramref name="ct"/>.</param>
    /// <exception cref="MeshException">The node's reason when the change did not hold.</exception>
    public static async Task FollowAsync(NodeClient node, IAsyncEnumerable<ApplyEvent> events, Printer printer, CancellationToken ct)
    {
        var finished = await EndAsync(node, events, printer, ct);
        printer.Show(finished, console => PrintEnd(console, finished));
    }

    /// <summary>Shows the progress only, for a command that goes on after the change.</summary>
    /// <inheritdoc cref="FollowAsync"/>
    public static Task<ApplyEvent.Finished> EndAsync(NodeClient node, IAsyncEnumerable<ApplyEvent> events, Printer printer, CancellationToken ct) => ChangeProgress.ShowAsync(printer, async progress =>
    {
        var interrupted = Task.Delay(Timeout.Infinite, ct);
        int? generation = null;
        Task<ApplyEvent.Finished?>? stopping = null;
        var said = false;
        await using var coming = events.GetAsyncEnumerator(CancellationToken.None);
        for (var next = coming.MoveNextAsync().AsTask(); ; next = coming.MoveNextAsync().AsTask())
        {
            if (stopping is null && await Task.WhenAny(next, interrupted) == interrupted)
            {
                if (!said) progress.Say($"Interrupted: the change {(generation is null ? "is stopped as soon as it has begun" : "stops before its next step")} and is undone. Once more ends meshctl only, and leaves the change to the node.");
                said = true;
                if (generation is { } number) stopping = StopAsync(node, number);
            }
            if (!await next) break;
            progress.Show(coming.Current);
            if (coming.Current is ApplyEvent.Planned planned) generation = planned.Generation;
            if (coming.Current is not ApplyEvent.Finished finished) continue;
            if (finished.Error is { } error) throw new MeshException(error);
            // It was complete when the node heard of it, and is undone all the same.
            return stopping is not null && await stopping is { } undone
                ? throw new MeshException(undone.Error ?? new(ErrorKind.Conflict, $"Interrupted: generation {generation} is undone.", Hint: "Make the change again if it is still wanted."))
                : finished;
        }
        throw new MeshException(ErrorKind.Unavailable, "The node stopped reporting before the change had ended.", hint: "It finishes or undoes the change by itself: see meshctl history.");
    });

    /// <summary>How it was undone; null when it was not.</summary>
    static async Task<ApplyEvent.Finished?> StopAsync(NodeClient node, int generation)
    {
        try
        {
            await foreach (var happened in node.RollbackAsync(new() { Only = generation, Why = "meshctl was interrupted" }, CancellationToken.None))
                if (happened is ApplyEvent.Finished finished)
                    return finished;
        }
        catch (MeshException)
        {
            // It was kept already, or has been undone for another reason: its own end tells.
        }
        return null;
    }

    static void PrintEnd(IAnsiConsole console, ApplyEvent.Finished finished)
    {
        Finding[] waits = [.. (finished.News ?? []).Where(f => f.Waits)];
        foreach (var finding in waits) console.WriteLine($"waits: {Plain.Text(finding.Path)}: {Plain.Text(finding.Message)}");
        if (finished.Generation is not { } generation)
        {
            console.WriteLine(waits.Length > 0 ? "Nothing can be done now: what is wanted is kept, and done by itself once that is there." : "Nothing to change: the node is as wanted.");
            return;
        }
        if (!finished.Changed && generation.Status == GenerationStatus.Confirmed)
            console.WriteLine($"{(generation.Settled > 0 ? $"Settled {generation.Settled} edit{(generation.Settled == 1 ? "" : "s")}" : "The declared document is replaced")}, nothing to do on the node.");
        console.MarkupLineInterpolated($"generation [bold]{generation.Number}[/]: {Words.Of(generation.Status)}");
        Words.PrintChoice(console, generation);
    }
}
