using System.CommandLine;
using MeshMcp.Cli.Output;
using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Nodes;

namespace MeshMcp.Cli.Commands;

/// <summary>The node that <c>meshctl</c> runs on, over its host bridge's socket: no server, relay or tunnel is needed.</summary>
static class LocalNode
{
    public const string DefaultSocket = "/run/meshmcp/hostbridge.sock";

    public static readonly Option<string> Socket = new("--socket") { Description = "The host bridge's socket.", DefaultValueFactory = _ => DefaultSocket, HelpName = "FILE" };

    public static Verb Verb(string name, string description, IReadOnlyList<string> examples, Func<NodeClient, ParseResult, Printer, CancellationToken, Task> run) =>
        new(name, description, examples, async (parse, printer, ct) =>
        {
            using var node = new NodeClient("local", NodeTransport.Create(new NodeEndpoint.Local(parse.GetRequiredValue(Socket)))) { Words = Hints.ForShell };
            await run(node, parse, printer, ct);
        })
        { Socket };

    /// <summary>A verb that makes one edit of the desired state: applied, verified, in the history.</summary>
    public static Verb Edit(string name, string description, IReadOnlyList<string> examples, Func<ParseResult, Edit> edit, params IReadOnlyList<Symbol> symbols) =>
        With(Verb(name, description, examples, (node, parse, printer, ct) => ChangeReport.EditAsync(node, edit(parse), parse, printer, ct)), [.. symbols, ChangeOptions.ConfirmWithin, ChangeOptions.Force, ChangeOptions.Why, ChangeOptions.DryRun]);

    /// <summary>The verb with its arguments and options.</summary>
    public static Verb With(Verb verb, params IReadOnlyList<Symbol> symbols)
    {
        foreach (var symbol in symbols)
            if (symbol is Argument argument) verb.Add(argument);
            else verb.Add((Option)symbol);
        return verb;
    }
}
