using System.CommandLine;
using MeshMcp.Cli.Output;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.State;
using Spectre.Console;

namespace MeshMcp.Cli.Commands;

/// <summary><c>meshctl export|schema|validate</c>: documents as such.</summary>
static class DocumentCommands
{
    public static Command Export() => LocalNode.Verb("export", "Print the desired state as a document that says all that edits say; applying it changes nothing and absorbs them.",
        ["meshctl export > state.json"],
        async (node, _, printer, ct) => printer.Document((await node.StateAsync("desired", ct)).State));

    public static Command Schema() => new Verb("schema", "Print the JSON Schema of state documents, for editors and checks; needs no node.", ["meshctl schema > state.schema.json"],
        (_, printer) => printer.Document(StateSchema.Document));

    public static Command Validate() => LocalNode.With(LocalNode.Verb("validate", "Check a document and name every fault with line and column; by itself, and by the node where that answers.",
        ["meshctl validate state.json", "meshctl validate - < state.json"],
        (node, parse, printer, ct) => StateDocument.GiveAsync(parse, async document =>
        {
            StateCheck check;
            try
            {
                check = await node.ValidateAsync(document, ct);
            }
            catch (MeshException e) when (e.Error.Kind == ErrorKind.Unavailable)
            {
                printer.Note("The node does not answer: only the document's form was checked.");
                check = new([], [new Finding("warning", "state", "Only the document's form was checked; the node does not answer.")]);
            }
            if (check.Problems.Count > 0)
                throw new MeshException(new MeshError(ErrorKind.InvalidArgument, $"The state has {check.Problems.Count} fault{(check.Problems.Count == 1 ? "" : "s")}.", parse.GetValue(StateDocument.File), "Correct each path named in problems.", check.Problems));
            printer.Show(check, console =>
            {
                Words.Print(console, [.. check.Findings.Where(f => f.Kind != "warning")]);
                console.WriteLine("The document has no faults.");
            });
        }, ct)), StateDocument.File);
}
