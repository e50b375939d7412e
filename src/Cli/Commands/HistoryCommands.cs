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
        var before = new Option<int?>("--before") { Description = "Only those before generation N.", HelpName = "N" };
        var verb = LocalNode.Verb("history", "List the changes of the node, newest first, and how each ended.",
            ["meshctl history", "meshctl history --limit 100 --json", "meshctl history --before 40"],
            async (node, parse, printer, ct) =>
            {
                var generations = await node.GenerationsAsync(parse.GetRequiredValue(limit), ct, parse.GetValue(before));
                printer.Show(generations, console =>
                {
                    var table = Plain.Table("N", "AT", "STATUS", "BY", "CHANGE", "WHY");
                    foreach (var g in generations)
                        table.Row(g.Number.ToString(CultureInfo.InvariantCulture), Words.Moment(g.At), Words.Of(g.Status), g.By, ChangeOf(g), g.Error is { } error ? $"{g.Why} ({error.Message})".TrimStart() : g.Why);
                    console.Write(table);
                });
            });
        verb.Add(limit);
        verb.Add(before);
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
            ["meshctl rollback", "meshctl rollback 11 --why 'veth201 lost its gateway'"],
            (node, parse, printer, ct) => ChangeReport.FollowAsync(node, node.RollbackAsync(new RollbackRequest
            {
                To = parse.GetValue(Number),
                Only = parse.GetValue(only),
                ConfirmWithin = parse.GetValue(ChangeOptions.ConfirmWithin),
                Force = parse.GetValue(ChangeOptions.Force),
                Why = parse.GetValue(ChangeOptions.Why),
            }, CancellationToken.None), printer, ct));
        verb.Add(Number);
        verb.Add(only);
        verb.Add(ChangeOptions.ConfirmWithin);
        verb.Add(ChangeOptions.Force);
        verb.Add(ChangeOptions.Why);
        return verb;
    }

    static async Task<int> PendingAsync(NodeClient node, CancellationToken ct) =>
        (await node.StatusAsync(ct)).Pending?.Number
        ?? throw new MeshException(ErrorKind.NotFound, "No change waits for confirmation.", "confirm", "meshctl history shows how the last ones ended.");

    static string ChangeOf(Generation generation) => generation.Edits switch
    {
        [] => $"{generation.Steps.Count} steps",
        [var one] => one,
        [var first, ..] => $"{first} and {generation.Edits.Count - 1} more",
    };
}
