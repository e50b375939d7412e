using System.CommandLine;
using MeshMcp.Cli.Output;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Nodes;
using Spectre.Console;

namespace MeshMcp.Cli.Commands;

/// <summary><c>meshctl state|plan|apply</c>: the whole state of the node as a document.</summary>
static class StateCommands
{
    public static Command State()
    {
        var view = new Option<string>("--view") { Description = "desired: the document with all edits; declared: the document alone; observed: what is on the node.", DefaultValueFactory = _ => "desired", HelpName = "desired|declared|observed" };
        view.AcceptOnlyFromAmong("desired", "declared", "observed");
        var origins = new Option<bool>("--origins") { Description = "List each item and where it is from instead: the declared document, or which edit by whom." };
        var verb = LocalNode.Verb("state", "Print the node's state as a document.",
            ["meshctl state", "meshctl state --view observed", "meshctl state > state.json", "meshctl state --origins"],
            async (node, parse, printer, ct) =>
            {
                var state = await node.StateAsync(parse.GetRequiredValue(view), ct, parse.GetValue(origins));
                printer.Show(state, console =>
                {
                    if (state.Origins is { } from)
                    {
                        Print(console, from);
                        return;
                    }
                    printer.Document(state.State);
                    foreach (var finding in state.Findings) printer.Note($"{finding.Kind} {finding.Path}: {finding.Message}");
                });
            });
        verb.Add(view);
        verb.Add(origins);
        return verb;
    }

    public static Command Plan()
    {
        var verb = LocalNode.Verb("plan", "Show what applying a document would do, without doing it.",
            ["meshctl plan state.json", "meshctl plan - < state.json"],
            (node, parse, printer, ct) => StateDocument.GiveAsync(parse, async document =>
            {
                var plan = await node.PlanAsync(new ChangeRequest { Declared = document }, ct);
                printer.Show(plan, console =>
                {
                    Words.Print(console, plan);
                    console.WriteLine($"digest {Plain.Text(plan.Digest)}");
                });
            }, ct));
        verb.Add(StateDocument.File);
        return verb;
    }

    public static Command Apply()
    {
        var digest = new Option<string>("--digest") { Description = "Apply only if the plan is still the one with this digest.", HelpName = "D" };
        var verb = LocalNode.Verb("apply", "Make a document the declared state, step by step, and verify it; on a failure everything is put back.",
            ["meshctl apply state.json --why 'open 9573'", "meshctl apply state.json --digest 4f1c… --confirm-within 60"],
            (node, parse, printer, ct) => StateDocument.GiveAsync(parse, document => ChangeReport.MakeAsync(node, new ChangeRequest { Declared = document, ExpectedDigest = parse.GetValue(digest) }, parse, printer, ct), ct));
        verb.Add(StateDocument.File);
        verb.Add(digest);
        verb.Add(ChangeOptions.ConfirmWithin);
        verb.Add(ChangeOptions.Force);
        verb.Add(ChangeOptions.Why);
        verb.Add(ChangeOptions.DryRun);
        return verb;
    }

    static void Print(IAnsiConsole console, IReadOnlyList<ItemOrigin> origins)
    {
        var table = Plain.Table("ITEM", "FROM", "BY", "AT", "WHY");
        foreach (var o in origins)
            table.Row(o.Path, o.Edit is null ? "declared" : $"edit {o.Edit}{(o.Removed ? " (removed)" : "")}{(o.Until is { } until ? $", until {Words.Moment(until)}" : "")}", o.By, o.At is { } at ? Words.Moment(at) : null, o.Why);
        console.Write(table);
    }
}
