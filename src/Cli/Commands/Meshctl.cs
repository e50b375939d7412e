using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using MeshMcp.Cli.Output;
using MeshMcp.Contracts.Errors;

namespace MeshMcp.Cli.Commands;

/// <summary>The command line as a whole.</summary>
public static class Meshctl
{
    public const int Done = 0;
    public const int Refused = 1;
    public const int Misused = 2;

    public static readonly Option<bool> Json = new("--json") { Description = "Print one JSON document instead of text and tables; errors go to standard error as JSON.", Recursive = true };

    /// <summary>Runs one command line and returns its exit code: 0 done, 1 refused or failed, 2 misused.</summary>
    public static async Task<int> RunAsync(IReadOnlyList<string> args, TextWriter output, TextWriter error, CancellationToken ct = default)
    {
        var parse = Root(output == Console.Out ? null : int.MaxValue).Parse(args);
        if (parse.Action is ParseErrorAction)
        {
            var command = string.Join(' ', PathOf(parse.CommandResult));
            new Printer(output, error, parse.GetValue(Json)).Fail(new MeshError(ErrorKind.InvalidArgument,
                string.Join(" ", parse.Errors.Select(e => string.Join(' ', e.Message.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)))), command, $"See {command} --help"));
            return Misused;
        }
        if (parse.GetResult(LocalNode.Socket) is { Implicit: false } && !parse.CommandResult.Command.Options.Contains(LocalNode.Socket))
        {
            var command = string.Join(' ', PathOf(parse.CommandResult));
            new Printer(output, error, parse.GetValue(Json)).Fail(new MeshError(ErrorKind.InvalidArgument, $"{command} asks no host bridge, so it has no {LocalNode.Socket.Name}.", LocalNode.Socket.Name, $"Leave {LocalNode.Socket.Name} out."));
            return Misused;
        }
        return await parse.InvokeAsync(new InvocationConfiguration { Output = output, Error = error, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null }, ct);
    }

    /// <summary>All commands.</summary>
    /// <param name="helpWidth">Where help lines wrap; the terminal's width when null.</param>
    public static RootCommand Root(int? helpWidth = null)
    {
        var root = new RootCommand("Runs a mesh of nodes: see what a node has, plan and apply changes, confirm or take them back.")
        {
            Json,
            StatusCommand.Create(),
            DoctorCommand.Create(),
            FlowsCommand.Create(),
            TraceCommand.Create(),
            StateCommands.State(),
            StateCommands.Plan(),
            StateCommands.Apply(),
            DocumentCommands.Validate(),
            DocumentCommands.Export(),
            DocumentCommands.Schema(),
            FlowCommands.Create(),
            WireguardCommands.Wg(),
            WireguardCommands.Tunnel(),
            ContainerCommands.Create(),
            TemplateCommands.Create(),
            UplinkCommands.Publish(),
            UplinkCommands.Unpublish(),
            UplinkCommands.Published(),
            XrayCommands.Create(),
            NetmakerCommands.Create(),
            UnitCommands.Create(),
            PackageCommands.Create(),
            HistoryCommands.Confirm(),
            HistoryCommands.Rollback(),
            HistoryCommands.Undo(),
            HistoryCommands.History(),
            EditCommands.Diff(),
            EditCommands.Edits(),
            EditCommands.Adopt(),
            BackupCommands.Backup(),
            BackupCommands.Restore(),
            EventsCommand.Create(),
            AuditCommands.Create(),
            SecretCommands.Create(),
            NodeCommands.Create(),
            PkiCommands.Create(),
            TokenCommands.Create(),
            CompletionCommand.Create(),
        };
        TakeSocket(root);
        var help = root.Options.OfType<HelpOption>().Single();
        var library = (HelpAction)help.Action!;
        if (helpWidth is { } width) library.MaxWidth = width;
        help.Action = new HelpWithExamples(library);
        return root;
    }

    /// <summary>What a command takes, those above it take too: it is said before the command or after it.</summary>
    static bool TakeSocket(Command command)
    {
        var below = command.Subcommands.Select(TakeSocket).ToList().Contains(true);
        if (below) command.Add(LocalNode.Socket);
        return below || command.Options.Contains(LocalNode.Socket);
    }

    static IEnumerable<string> PathOf(System.CommandLine.Parsing.CommandResult result) =>
        result.Parent is System.CommandLine.Parsing.CommandResult parent ? [.. PathOf(parent), result.Command.Name] : ["meshctl"];
}
