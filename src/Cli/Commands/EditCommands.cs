using System.CommandLine;
using System.Globalization;
using MeshMcp.Cli.Output;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Nodes;
using Spectre.Console;

namespace MeshMcp.Cli.Commands;

/// <summary><c>meshctl edits|diff|adopt</c>: what the desired state is made of.</summary>
static class EditCommands
{
    public static Command Edits()
    {
        var limit = new Option<int>("--limit") { Description = "How many, newest first.", DefaultValueFactory = _ => 20, HelpName = "N" };
        limit.MustBeAtLeast(1);
        var before = new Option<int?>("--before") { Description = "Only those before edit N.", HelpName = "N" };
        return LocalNode.With(LocalNode.Verb("edits", "List the edits made by hand or by tools, newest first: in effect, superseded, absorbed by the document, suspended, reverted.",
            ["meshctl edits", "meshctl edits --limit 100 --json", "meshctl edits --before 40"],
            async (node, parse, printer, ct) =>
            {
                var list = await node.EditsAsync(parse.GetRequiredValue(limit), ct, parse.GetValue(before));
                printer.Show(list, console =>
                {
                    var table = Plain.Table("N", "STATUS", "AT", "BY", "EDIT", "WHY", "REASON", "ENDS IN");
                    foreach (var e in list.Edits)
                        table.Row(e.Number.ToString(CultureInfo.InvariantCulture), Of(e.Status), Words.Moment(e.At), e.By, e.What, e.Why, e.Reason, Words.Left(e.SecondsLeft));
                    console.Write(table);
                    console.WriteLine($"{list.Edits.Count} of {list.Total} edits");
                });
            }), limit, before);
    }

    public static Command Diff()
    {
        var from = new Argument<int>("A") { Description = "The number of a generation." };
        var to = new Argument<int?>("B") { Description = "Another one; the newest when left out.", Arity = ArgumentArity.ZeroOrOne };
        return LocalNode.With(LocalNode.Verb("diff", "Show what differs between the desired states of two generations, item by item.",
            ["meshctl diff 11", "meshctl diff 3 7"],
            async (node, parse, printer, ct) =>
            {
                var diff = await node.DiffAsync(parse.GetRequiredValue(from), parse.GetValue(to), ct);
                printer.Show(diff, console =>
                {
                    Words.Print(console, diff.Items);
                    console.WriteLine(diff.Items.Count == 0 ? $"Generations {diff.From} and {diff.To} want the same." : $"{diff.Items.Count} items differ between generations {diff.From} and {diff.To}");
                });
            }), from, to);
    }

    public static Command Adopt()
    {
        var section = new Argument<string>("SECTION") { Description = "A section of the state: openflow, bridge." };
        return LocalNode.With(LocalNode.Verb("adopt", "Take what is ours on the host now into the desired state, as edits. What others made stays theirs.",
            ["meshctl adopt openflow --why 'the vendor changed the flows by hand'"],
            (node, parse, printer, ct) => ChangeReport.FollowAsync(node, node.AdoptAsync(new AdoptRequest(parse.GetRequiredValue(section), parse.GetValue(ChangeOptions.Why)), CancellationToken.None), printer, ct)),
            section, ChangeOptions.Why);
    }

    static string Of(EditStatus status) => status == EditStatus.InEffect ? "in effect" : status.ToString().ToLowerInvariant();
}
