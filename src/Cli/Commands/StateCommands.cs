using System.CommandLine;
using System.Text.Json;
using MeshMcp.Cli.Output;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.State;
using Spectre.Console;

namespace MeshMcp.Cli.Commands;

/// <summary><c>meshctl state|plan|apply</c>: the whole state of the node as a document.</summary>
static class StateCommands
{
    static readonly Argument<string> Document = new("FILE") { Description = "A state document (JSON); - reads standard input." };

    public static Command State()
    {
        var view = new Option<string>("--view") { Description = "desired: the document with all edits; declared: the document alone; observed: what is on the node.", DefaultValueFactory = _ => "desired", HelpName = "desired|declared|observed" };
        view.AcceptOnlyFromAmong("desired", "declared", "observed");
        var verb = LocalNode.Verb("state", "Print the node's state as a document.",
            ["meshctl state", "meshctl state --view observed", "meshctl state > state.json"],
            async (node, parse, printer, ct) =>
            {
                var state = await node.StateAsync(parse.GetRequiredValue(view), ct);
                printer.Show(state, _ =>
                {
                    printer.Document(state.State);
                    foreach (var finding in state.Findings) printer.Note($"{finding.Kind} {finding.Path}: {finding.Message}");
                });
            });
        verb.Add(view);
        return verb;
    }

    public static Command Plan()
    {
        var verb = LocalNode.Verb("plan", "Show what applying a document would do, without doing it.",
            ["meshctl plan state.json", "meshctl plan - < state.json"],
            async (node, parse, printer, ct) =>
            {
                var plan = await node.PlanAsync(new ChangeRequest { Declared = Read(parse) }, ct);
                printer.Show(plan, console =>
                {
                    Words.Print(console, plan);
                    console.WriteLine($"digest {Plain.Text(plan.Digest)}");
                });
            });
        verb.Add(Document);
        return verb;
    }

    public static Command Apply()
    {
        var digest = new Option<string>("--digest") { Description = "Apply only if the plan is still the one with this digest.", HelpName = "D" };
        var verb = LocalNode.Verb("apply", "Make a document the declared state, step by step, and verify it; on a failure everything is put back.",
            ["meshctl apply state.json --why 'open 9573'", "meshctl apply state.json --digest 4f1c… --confirm-within 60"],
            (node, parse, printer, ct) => ChangeReport.FollowAsync(node.ApplyAsync(new ChangeRequest
            {
                Declared = Read(parse),
                ExpectedDigest = parse.GetValue(digest),
                ConfirmWithin = parse.GetValue(ChangeOptions.ConfirmWithin),
                Why = parse.GetValue(ChangeOptions.Why),
            }, ct), printer));
        verb.Add(Document);
        verb.Add(digest);
        verb.Add(ChangeOptions.ConfirmWithin);
        verb.Add(ChangeOptions.Why);
        return verb;
    }

    /// <summary>Read here for its faults of form, which need no node; the node judges the rest.</summary>
    static JsonElement Read(ParseResult parse)
    {
        var file = parse.GetRequiredValue(Document);
        try
        {
            var state = StateReader.Read(file == "-" ? Console.In.ReadToEnd() : File.ReadAllText(file));
            return JsonSerializer.SerializeToElement(state, MeshJson.Default.NodeState);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new MeshException(ErrorKind.NotFound, $"{file} does not exist.", file, "Name a state document; 'meshctl state' prints the present one.", e);
        }
    }
}
