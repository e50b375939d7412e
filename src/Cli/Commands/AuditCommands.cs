using System.CommandLine;
using System.Globalization;
using System.Text;
using MeshMcp.Cli.Output;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Files;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.Trust;
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
        var since = OptionChecks.Moment("--since", "From this moment on.");
        var until = OptionChecks.Moment("--until", "Before this moment.");
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
                        table.Row(e.Number.ToString(CultureInfo.InvariantCulture), Words.Moment(e.At), e.By, e.Tool is null ? e.Action : $"{e.Tool} ({e.Action})", e.Outcome, e.Generation?.ToString(CultureInfo.InvariantCulture));
                    console.Write(table);
                });
            }), limit, before, caller, action, text, since, until, refused);
    }

    static Verb Verify()
    {
        var file = new Argument<FileInfo?>("FILE") { Description = "An audit.jsonl, or a copy that was exported, with the files beside it; no agent is asked. Left out: the node's own, as the running agent holds it.", Arity = ArgumentArity.ZeroOrOne };
        var heads = new Option<FileInfo?>("--heads") { Description = "Heads that were kept elsewhere, instead of those beside FILE.", HelpName = "FILE" };
        var authority = new Option<FileInfo?>("--ca") { Description = "The mesh's ca.crt: the heads must be signed by a node that it certified.", HelpName = "FILE" };
        var holds = new Option<string>("--holds") { Description = "The hash of an entry, written down earlier, that must still be there.", HelpName = "HASH" };
        return LocalNode.With(LocalNode.Verb("verify", "Check that no entry was altered or taken away. Ends with 1 when one was.",
            ["meshctl audit verify", "meshctl audit verify /var/lib/meshmcp/audit.jsonl", "meshctl audit verify copy.jsonl --heads kept.heads --ca /etc/meshmcp/ca.crt", "meshctl audit verify --holds 3f0c…"],
            async (node, parse, printer, ct) =>
            {
                if (parse.GetValue(file) is null && (parse.GetValue(heads) ?? parse.GetValue(authority)) is not null)
                    throw new MeshException(ErrorKind.InvalidArgument, "--heads and --ca are for a FILE.", "FILE", "Export first: meshctl audit export FILE");
                var verdict = parse.GetValue(file) is { } copy ? Offline(copy, parse.GetValue(heads), parse.GetValue(authority), parse.GetValue(holds)) : await node.AuditVerdictAsync(parse.GetValue(holds), ct);
                printer.Show(verdict, console =>
                {
                    console.WriteLine(verdict.Entries == 0 ? "There is no entry." : $"{verdict.Entries} entries, {verdict.First} to {verdict.Last}{(verdict.Torn > 0 ? ", and a line cut off by a crash" : "")}; the last has the hash {verdict.LastHash}");
                    if (verdict.After > 0) console.WriteLine($"{verdict.After} of them came after the last head");
                    if (verdict.SignedBy is { } signer) console.WriteLine($"the heads are signed by {signer}");
                    foreach (var fault in verdict.Faults) console.WriteLine(Plain.Text(fault.Line > 0 ? $"line {fault.Line}: {fault.What}" : fault.What));
                });
                if (verdict.Faults.Count > 0) throw new MeshException(ErrorKind.Conflict, "The audit is not whole.", "audit", "Keep this copy, and compare it with one exported earlier.");
            }), file, heads, authority, holds);
    }

    static AuditVerdict Offline(FileInfo file, FileInfo? kept, FileInfo? authority, string? holds)
    {
        var trail = new AuditTrail(file.FullName);
        var verdict = trail.Verify(kept is null ? null : AuditHeads.Parse(File.ReadAllText(kept.FullName)) ?? throw new MeshException(ErrorKind.InvalidArgument, $"There is no head in {kept.FullName}.", "--heads", "Name a file that meshctl audit export wrote."), holds);
        if (authority is null) return verdict;
        var trust = TrustStore.FromPem(File.ReadAllText(authority.FullName));
        return (kept is null ? trail.Heads() : AuditHeads.Parse(File.ReadAllText(kept.FullName)))?.SignerOf(trust) is { } fault ? verdict.With(new(0, fault)) : verdict;
    }

    static Verb Export()
    {
        var file = new Argument<FileInfo>("FILE") { Description = "Where to; it must not exist. FILE.heads, beside it, gets first and last head, signed by the node's key: keep it elsewhere." };
        return LocalNode.With(LocalNode.Verb("export", "Write all entries to a file, one JSON object a line, oldest first, and their heads beside it; meshctl audit verify FILE checks them anywhere.", ["meshctl audit export audit.jsonl"],
            async (node, parse, printer, ct) =>
            {
                var trail = new AuditTrail(parse.GetRequiredValue(file).FullName);
                foreach (var target in new[] { trail.Newest, trail.HeadsFile })
                    if (File.Exists(target)) throw new MeshException(ErrorKind.Conflict, $"{target} exists.", "FILE", "Name another file.");
                // The heads first: entries that come meanwhile are after the last of them.
                var heads = await node.AuditHeadsAsync(ct);
                await AtomicFile.WriteAsync(trail.Newest, async stream =>
                {
                    await using var text = new StreamWriter(stream, leaveOpen: true) { NewLine = "\n" };
                    await foreach (var line in node.AuditExportAsync(ct)) await text.WriteLineAsync(line);
                }, AtomicFile.Secret);
                AtomicFile.Write(trail.HeadsFile, Encoding.ASCII.GetBytes(heads), AtomicFile.Secret);
                var verdict = trail.Verify();
                printer.Show(verdict, console => console.WriteLine($"{verdict.Entries} entries are in {Plain.Text(trail.Newest)}, their heads{(verdict.SignedBy is { } signer ? $", signed by {signer}," : "")} in {Plain.Text(trail.HeadsFile)}"));
            }), file);
    }
}
