using System.CommandLine;
using System.Globalization;
using MeshMcp.Cli.Joining;
using MeshMcp.Cli.Output;
using MeshMcp.Contracts.Trust;
using Spectre.Console;

namespace MeshMcp.Cli.Commands;

/// <summary><c>meshctl token</c>: the bearer tokens that an MCP server accepts, in its tokens file.</summary>
static class TokenCommands
{
    internal sealed record Created(string Name, string Token, string File);

    internal sealed record Listed(string Name, IReadOnlyList<Scope> Scopes, IReadOnlyList<string>? Nodes, DateTimeOffset Created, DateTimeOffset? Expires, bool Expired);

    internal sealed record Revoked(string Name, string File);

    static readonly Option<string> FileOption = new("--file") { Description = "The server's tokens file ('tokens' in its configuration).", Required = true, HelpName = "FILE" };
    static readonly Option<string> Name = new("--name") { Description = "Who uses the token; audit and logs carry this name.", Required = true, HelpName = "NAME" };

    public static Command Create() => new("token", "Make, list and revoke the bearer tokens of an MCP server.") { New(), List(), Revoke() };

    static Verb New()
    {
        var scope = new Option<Scope>("--scope")
        {
            Description = "What it may do: read; operate also changes; admin also administers.",
            Required = true,
            HelpName = "read|operate|admin",
            CustomParser = result => Enum.Parse<Scope>(result.Tokens.Single().Value, ignoreCase: true),
        };
        scope.AcceptOnlyFromAmong("read", "operate", "admin");
        var expires = OptionChecks.Expires("When it stops working; never when left out.");
        var nodes = new Option<string[]>("--node") { Description = "A node it may speak about; may be given more than once. All when left out.", HelpName = "NODE", AllowMultipleArgumentsPerToken = true };
        return new Verb("create", "Make a token and print it: this is the only time it can be seen.",
            [
                "meshctl token create --file /etc/meshmcp/tokens.json --name alice --scope operate --expires 90d",
                "meshctl token create --file /etc/meshmcp/tokens.json --name probe --scope read --node vps",
            ],
            (parse, printer) =>
            {
                var file = TokensOf(parse);
                var plain = file.Create(parse.GetRequiredValue(Name), [parse.GetRequiredValue(scope)], parse.GetValue(expires), parse.GetValue(nodes) is { Length: > 0 } some ? some : null);
                printer.Show(new Created(parse.GetRequiredValue(Name), plain, file.Path), console =>
                {
                    console.WriteLine(plain);
                    printer.Note("Keep it now: the file holds only its hash.");
                });
            })
        { FileOption, Name, scope, expires, nodes };
    }

    static Verb List() => new("list", "List the tokens, without their secrets.", ["meshctl token list --file /etc/meshmcp/tokens.json"],
        (parse, printer) =>
        {
            var now = TimeProvider.System.GetUtcNow();
            var tokens = TokensOf(parse).Read().Select(t => new Listed(t.Name, t.Scopes, t.Nodes, t.Created, t.Expires, t.Expires <= now)).ToList();
            printer.Show(tokens, console =>
            {
                var table = Plain.Table("NAME", "SCOPES", "NODES", "CREATED", "EXPIRES");
                foreach (var t in tokens)
                    table.Row(t.Name, string.Join(',', t.Scopes).ToLowerInvariant(), t.Nodes is null ? "all" : string.Join(',', t.Nodes),
                        Day(t.Created), t.Expires is { } end ? Day(end) + (t.Expired ? " (expired)" : "") : "never");
                console.Write(table);
            });
        })
    { FileOption };

    static Verb Revoke() => new("revoke", "Remove a token; the server refuses it from then on.", ["meshctl token revoke --file /etc/meshmcp/tokens.json --name alice"],
        (parse, printer) =>
        {
            var file = TokensOf(parse);
            file.Revoke(parse.GetRequiredValue(Name));
            printer.Show(new Revoked(parse.GetRequiredValue(Name), file.Path), console => console.MarkupLineInterpolated($"revoked {parse.GetRequiredValue(Name)}"));
        })
    { FileOption, Name };

    static TokenFile TokensOf(ParseResult parse) => new(parse.GetRequiredValue(FileOption), TimeProvider.System, PackagedUnits.OfServers());

    static string Day(DateTimeOffset moment) => moment.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
