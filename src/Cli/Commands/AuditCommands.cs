using System.CommandLine;
using System.Globalization;
using MeshMcp.Cli.Output;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Files;
using MeshMcp.Contracts.Nodes;
using Spectre.Console;

namespace MeshMcp.Cli.Commands;

/// <summary><c>meshctl audit</c>: who changed what, and what was refused.</summary>
static class AuditCommands
{
    public static Command Create() => new("audit", "Who changed what on this node, and what was refused: search it, check that it is whole, take it along.") { Search(), Verify(), Export() };

    static Verb Search()
    {
        var limit = new Option<int>("--limit") { Description = "How many, newest first.", DefaultValueFactory = _ => 30, HelpName = "N" };
        var caller = new Option<string>("--caller") { Description = "A part of the caller's name.", HelpName = "TEXT" };
        var action = new Option<string>("--action") { Description = "A part of the action or the tool.", HelpName = "TEXT" };
        var text = new Option<string>("--text") { Description = "A part of parameters or outcome.", HelpName = "TEXT" };
        var since = new Option<DateTimeOffset?>("--since") { Description = "From this moment on.", HelpName = "MOMENT" };
        var until = new Option<DateTimeOffset?>("--until") { Description = "Before this moment.", HelpName = "MOMENT" };
        var refused = new Option<bool>("--refused") { Description = "Refusals only." };
        var before = new Option<long?>("--before") { Description = "Entries with lower numbers, to go on from the last one shown.", HelpName = "N" };
        limit.MustBeAtLeast(1);
        return LocalNode.With(LocalNode.Verb("search", "Show entries, newest first.", ["meshctl audit search", "meshctl audit search --refused --since 2027-01-31T08:00Z", "meshctl audit search --caller claude --action add_flow --json"],
            async (node, parse, printer, ct) =>
            {
                var found = await node.AuditAsync(new(parse.GetRequiredValue(limit), parse.GetValue(before), parse.GetValue(caller), parse.GetValue(action), parse.GetValue(text), parse.GetValue(since), parse.GetValue(until), parse.GetValue(refused)), ct);
                printer.Show(found, console =>
                {
                    var table = Plain.Table("N", "AT", "CALLER", "ACTION", "OUTCOME", "GENERATION");
                    foreach (var e in found)
                        table.Row(e.Number.ToString(CultureInfo.InvariantCulture), Words.Moment(e.At), e.Caller, e.Tool is null ? e.Action : $"{e.Tool} ({e.Action})", e.Outcome, e.Generation?.ToString(CultureInfo.InvariantCulture));
                    console.Write(table);
                });
            }), limit, before, caller, action, text, since, until, refused);
    }

    static Verb Verify()
    {
        var file = new Option<FileInfo?>("--file") { Description = "A copy that was exported, instead of the node's own.", HelpName = "FILE" };
        var holds = new Option<string>("--holds") { Description = "The hash of an entry, written down earlier, that must still be there.", HelpName = "HASH" };
        return LocalNode.With(LocalNode.Verb("verify", "Check that no entry was altered or taken away. Ends with 1 when one was.", ["meshctl audit verify", "meshctl audit verify --file audit.jsonl", "meshctl audit verify --holds 3f0c…"],
            async (node, parse, printer, ct) =>
            {
                var verdict = parse.GetValue(file) is { } copy ? AuditChain.Check(File.ReadLines(copy.FullName), parse.GetValue(holds)) : await node.AuditVerdictAsync(parse.GetValue(holds), ct);
                printer.Show(verdict, console =>
                {
                    console.WriteLine(verdict.Entries == 0 ? "There is no entry yet." : $"{verdict.Entries} entries, {verdict.First} to {verdict.Last}{(verdict.Torn > 0 ? $", {verdict.Torn} lines cut off by a crash" : "")}; the last has the hash {verdict.LastHash}");
                    foreach (var fault in verdict.Faults) console.WriteLine(Plain.Text($"line {fault.Line}: {fault.What}"));
                });
                if (verdict.Faults.Count > 0) throw new MeshException(ErrorKind.Conflict, "The audit is not whole.", "audit", "Keep this copy, and compare it with one exported earlier.");
            }), file, holds);
    }

    static Verb Export()
    {
        var file = new Argument<FileInfo>("FILE") { Description = "Where to; it must not exist." };
        return LocalNode.With(LocalNode.Verb("export", "Write all entries to a file, one JSON object a line, oldest first; meshctl audit verify --file checks it anywhere.", ["meshctl audit export audit.jsonl"],
            async (node, parse, printer, ct) =>
            {
                var target = parse.GetRequiredValue(file);
                if (target.Exists) throw new MeshException(ErrorKind.Conflict, $"{target.FullName} exists.", "FILE", "Name another file.");
                await AtomicFile.WriteAsync(target.FullName, async stream =>
                {
                    await using var text = new StreamWriter(stream, leaveOpen: true) { NewLine = "\n" };
                    await foreach (var line in node.AuditExportAsync(ct)) await text.WriteLineAsync(line);
                }, AtomicFile.Secret);
                var verdict = AuditChain.Check(File.ReadLines(target.FullName));
                printer.Show(verdict, console => console.WriteLine($"{verdict.Entries + verdict.Torn} lines are in {Plain.Text(target.FullName)}"));
            }), file);
    }
}
