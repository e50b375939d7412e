using System.CommandLine;
using MeshMcp.Cli.Output;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Files;
using MeshMcp.Contracts.Nodes;
using Spectre.Console;

namespace MeshMcp.Cli.Commands;

/// <summary><c>meshctl backup|restore</c>: a node in one file, sealed to a passphrase.</summary>
static class BackupCommands
{
    static readonly Argument<string> File = new("FILE") { Description = "The backup." };
    static readonly Option<string> PassphraseFile = new("--passphrase-file") { Description = "File whose first line is the passphrase; it is asked for when left out.", HelpName = "FILE" };

    public static Command Backup() => LocalNode.With(LocalNode.Verb("backup", "Write the declared document, the edits and the secrets of the node to a file, sealed to a passphrase. Containers' own files are not in it.",
        ["meshctl backup node.backup", "meshctl backup node.backup --passphrase-file /root/passphrase"],
        async (node, parse, printer, ct) =>
        {
            var file = parse.GetRequiredValue(File);
            var made = await node.BackupAsync(new BackupRequest(await PassphraseAsync(parse, twice: true, ct)), ct);
            AtomicFile.Write(file, made.Content, AtomicFile.Secret);
            printer.Show(made with { Content = [] }, console =>
                console.WriteLine($"wrote {Plain.Text(file)}: node {Plain.Text(made.Node)}{(made.Generation is { } g ? $", generation {g}" : "")}, {made.Edits} edits, {made.Secrets} secrets, {made.Content.Length} bytes"));
        }), File, PassphraseFile);

    public static Command Restore()
    {
        var force = new Option<bool>("--force") { Description = "Also on a node that has a state: the backup takes its place, and its secrets that of those with the same names." };
        return LocalNode.With(LocalNode.Verb("restore", "Make a fresh node what a backup says: store its secrets, then plan, apply and verify its state, with confirmation like any change.",
            ["meshctl restore node.backup", "meshctl restore node.backup --passphrase-file /root/passphrase --confirm-within 120"],
            async (node, parse, printer, ct) =>
            {
                var file = parse.GetRequiredValue(File);
                if (!System.IO.File.Exists(file)) throw new MeshException(ErrorKind.NotFound, $"{file} does not exist.", file, "Name a file that meshctl backup wrote.");
                await ChangeReport.FollowAsync(node, node.RestoreAsync(new RestoreRequest(await System.IO.File.ReadAllBytesAsync(file, ct), await PassphraseAsync(parse, twice: false, ct), parse.GetValue(force),
                    parse.GetValue(ChangeOptions.ConfirmWithin), parse.GetValue(ChangeOptions.Why)), CancellationToken.None), printer, ct);
            }), File, PassphraseFile, force, ChangeOptions.ConfirmWithin, ChangeOptions.Why);
    }

    /// <summary>Never an argument: every user of the machine can read those.</summary>
    static async Task<string> PassphraseAsync(ParseResult parse, bool twice, CancellationToken ct)
    {
        if (parse.GetValue(PassphraseFile) is { } file)
        {
            return System.IO.File.Exists(file) && System.IO.File.ReadLines(file).FirstOrDefault() is { } line
                ? line
                : throw new MeshException(ErrorKind.NotFound, $"{file} holds no passphrase.", file, "Name a file whose first line is the passphrase.");
        }
        if (Console.IsInputRedirected)
            throw new MeshException(ErrorKind.InvalidArgument, "Nobody can be asked for the passphrase here.", "--passphrase-file", "Give it by --passphrase-file.");
        var said = await SecretPrompt.AskAsync(twice ? ["Passphrase:", "Once more:"] : ["Passphrase:"], ct);
        return said.Distinct().Count() == 1 ? said[0] : throw new MeshException(ErrorKind.InvalidArgument, "The two are not the same.", "passphrase", "Try again.");
    }
}
