using System.CommandLine;
using System.Globalization;
using MeshMcp.Cli.Output;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Nodes;
using Spectre.Console;

namespace MeshMcp.Cli.Commands;

/// <summary><c>meshctl history|confirm|rollback</c>: the node's generations.</summary>
static class HistoryCommands
{
    static readonly Argument<int?> Number = new("N") { Description = "The number of a generation.", Arity = ArgumentArity.ZeroOrOne };

    public static Command History()
    {
        var limit = new Option<int>("--limit") { Description = "How many, newest first.", DefaultValueFactory = _ => 20, HelpName = "N" };
        limit.MustBeAtLeast(1);
        var since = OptionChecks.Moment("--since", "Only from this moment on, or from so long ago: 2h, 7d.", (text, name) => Expiry.Since(text, name));
        var until = OptionChecks.Moment("--until", "Only before this moment.");
        var by = new Option<string?>("--by") { Description = "Only what somebody with this in his name did.", HelpName = "NAME" };
        var verb = LocalNode.Verb("history", "List what was done on the node, newest first: changes and how each ended, restarts, execs, repairs of drift.",
            ["meshctl history", "meshctl history --limit 100 --json", "meshctl history --since 2h --by alice"],
            async (node, parse, printer, ct) =>
            {
                var history = await node.HistoryAsync(new(parse.GetRequiredValue(limit), parse.GetValue(since), parse.GetValue(until), parse.GetValue(by)), ct);
                printer.Show(history, console =>
                {
                    var table = Plain.Table("N", "AT", "STATUS", "BY", "CHANGE", "WHY");
                    foreach (var entry in history)
                    {
                        var made = entry.Generation;
                        table.Row(made?.Number.ToString(CultureInfo.InvariantCulture), Words.Moment(entry.At), made is null ? AuditEntry.Done : Words.Of(made.Status), entry.By, ChangeOf(entry.What), made?.Error is { } error ? $"{made.Why} ({error.Message})".TrimStart() : made?.Why);
                    }
                    console.Write(table);
                });
            });
        verb.Add(limit);
        verb.Add(since);
        verb.Add(until);
        verb.Add(by);
        return verb;
    }

    public static Command Confirm()
    {
        var extend = new Option<int?>("--extend") { Description = "Do not keep it yet, but give it so many seconds more from now (5 to 3600).", HelpName = "SECONDS" };
        var ofAnother = new Option<bool>("--of-another") { Description = "Also when somebody else made the change; only an admin may." };
        var verb = LocalNode.Verb("confirm", "Keep the change that waits for confirmation. On the node itself this proves no path, and is audited so.",
            ["meshctl confirm", "meshctl confirm 12", "meshctl confirm --extend 300", "meshctl confirm 12 --of-another"],
            async (node, parse, printer, ct) =>
            {
                var number = parse.GetValue(Number) ?? await PendingAsync(node, ct);
                var generation = await node.ConfirmAsync(number, new ConfirmRequest { Extend = parse.GetValue(extend), OfAnother = parse.GetValue(ofAnother) }, ct);
                printer.Show(generation, console => console.WriteLine($"generation {generation.Number}: {Words.Of(generation.Status)}{(generation.Confirmation?.SecondsLeft is { } left ? $", {left:0} s left" : "")}"));
            });
        verb.Add(Number);
        verb.Add(extend);
        verb.Add(ofAnother);
        return verb;
    }

    public static Command Rollback()
    {
        var only = new Option<int?>("--only") { Description = "Undo the waiting change only if it has this number.", HelpName = "N" };
        var verb = LocalNode.Verb("rollback", "Undo the change that waits for confirmation; with N, go back to the state of that generation.",
            ["meshctl rollback", "meshctl rollback 11 --why 'veth201 lost its gateway'", "meshctl rollback 11 --dry-run"],
            (node, parse, printer, ct) => ChangeReport.MakeAsync(node, new RollbackRequest { To = parse.GetValue(Number), Only = parse.GetValue(only) }, parse, printer, ct));
        return LocalNode.With(verb, Number, only, ChangeOptions.ConfirmWithin, ChangeOptions.Force, ChangeOptions.Why, ChangeOptions.DryRun);
    }

    public static Command Undo()
    {
        var number = new Argument<int>("N") { Description = "The number of a generation." };
        return LocalNode.With(LocalNode.Verb("undo", "Take the edits of one generation back and leave later changes; refused where some rest on it.",
            ["meshctl undo 11 --why 'the wrong port'", "meshctl undo 11 --dry-run"],
            (node, parse, printer, ct) => ChangeReport.MakeAsync(node, new RollbackRequest { Undo = parse.GetRequiredValue(number) }, parse, printer, ct)),
            number, ChangeOptions.ConfirmWithin, ChangeOptions.Force, ChangeOptions.Why, ChangeOptions.DryRun);
    }

    static async Task<int> PendingAsync(NodeClient node, CancellationToken ct) =>
        (await node.StatusAsync(ct)).Pending?.Number
        ?? throw new MeshException(ErrorKind.NotFound, "No change waits for confirmation.", "confirm", "meshctl history shows how the last ones ended.");

    static string ChangeOf(IReadOnlyList<string> what) => what.Count > 1 ? $"{what[0]} and {what.Count - 1} more" : what[0];
}
