using System.CommandLine;
using MeshMcp.Cli.Output;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.State;
using Spectre.Console;

namespace MeshMcp.Cli.Commands;

/// <summary><c>meshctl secret</c>: what states name as <c>secret:NAME</c>. A secret goes in and is never shown again.</summary>
static class SecretCommands
{
    static readonly Argument<string> Name = new("NAME") { Description = "The secret's name; a state says secret:NAME." };

    static SecretCommands() => Name.Validators.Add(result =>
    {
        foreach (var token in result.Tokens)
            if (!SecretReference.IsName(token.Value)) result.AddError($"'{token.Value}' is not the name of a secret: {SecretReference.Form}.");
    });

    public static Command Create() => new("secret", "Store, list and delete the secrets that a state names.") { Set(), List(), Delete() };

    static Verb Set()
    {
        var file = new Option<string>("--file") { Description = "The file with the content; standard input when left out.", HelpName = "FILE" };
        var kind = new Option<string>("--kind") { Description = $"What it is for; it goes nowhere else: {string.Join(", ", SecretKinds.Words)}.", HelpName = "KIND", Required = true };
        kind.AcceptOnlyFromAmong([.. SecretKinds.Words]);
        var verb = LocalNode.Verb("set", "Store a secret, or replace it. One line break at the end is not part of it.",
            ["meshctl secret set warp-profile --kind warp-profile --file wgcf-profile.conf", "pass show netmaker | meshctl secret set netmaker-key --kind netmaker-enrollment-key"],
            async (node, parse, printer, ct) =>
            {
                var stored = await node.PutSecretAsync(parse.GetRequiredValue(Name), SecretKinds.Of(parse.GetRequiredValue(kind))!.Value, WithoutLastLineBreak(await ReadAsync(parse.GetValue(file), ct)), ct);
                printer.Show(stored, console => console.WriteLine($"stored {Plain.Text(stored.Name)}: {stored.Bytes} bytes, sha256 {Plain.Text(stored.Sha256)}…"));
            });
        verb.Add(Name);
        verb.Add(kind);
        verb.Add(file);
        return verb;
    }

    static Verb List() => LocalNode.Verb("list", "List the secrets by name; their content is never shown.", ["meshctl secret list"],
        async (node, _, printer, ct) =>
        {
            var list = await node.SecretsAsync(ct);
            printer.Show(list, console =>
            {
                var table = Plain.Table("NAME", "KIND", "STORED", "BYTES", "SHA256");
                foreach (var secret in list.Secrets) table.Row(secret.Name, secret.Kind is { } kind ? SecretKinds.WordOf(kind) : "-", Words.Moment(secret.At), $"{secret.Bytes}", secret.Sha256 + "…");
                console.Write(table);
            });
        });

    static Verb Delete()
    {
        var verb = LocalNode.Verb("delete", "Delete a secret; what needs it waits from then on.", ["meshctl secret delete warp-profile"],
            async (node, parse, printer, ct) =>
            {
                var gone = await node.DeleteSecretAsync(parse.GetRequiredValue(Name), ct);
                printer.Show(gone, console => console.WriteLine($"deleted {Plain.Text(gone.Name)}"));
            });
        verb.Add(Name);
        return verb;
    }

    static async Task<string> ReadAsync(string? file, CancellationToken ct)
    {
        try
        {
            return await GivenText.ReadAsync(file ?? "-", ct);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new MeshException(ErrorKind.NotFound, $"{file} does not exist.", file, "Name the file with the secret, or leave --file out and give it on standard input.", e);
        }
    }

    /// <summary>Editors and <c>echo</c> add one, and a key with it would be another key.</summary>
    static string WithoutLastLineBreak(string text) => text.EndsWith("\r\n", StringComparison.Ordinal) ? text[..^2] : text.EndsWith('\n') ? text[..^1] : text;
}
