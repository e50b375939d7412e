using System.CommandLine;
using MeshMcp.Cli.Output;
using MeshMcp.Contracts.Errors;

namespace MeshMcp.Cli.Commands;

/// <summary>A command with examples in its help; a refusal it throws becomes a printed error and exit code 1.</summary>
sealed class Verb : Command
{
    public IReadOnlyList<string> Examples { get; }

    public Verb(string name, string description, IReadOnlyList<string> examples, Func<ParseResult, Printer, CancellationToken, Task> run) : base(name, description)
    {
        Examples = examples;
        SetAction(async (parse, ct) =>
        {
            var printer = new Printer(parse.InvocationConfiguration.Output, parse.InvocationConfiguration.Error, parse.GetValue(Meshctl.Json));
            try
            {
                await run(parse, printer, ct);
                return Meshctl.Done;
            }
            catch (MeshException refusal)
            {
                printer.Fail(refusal.Error);
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                printer.Fail(new MeshError(ErrorKind.Timeout, "Interrupted.", Hint: "A change that had begun is finished or undone by the node itself: see meshctl history."));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                printer.Fail(new MeshError(ErrorKind.Unavailable, e.Message));
            }
            return Meshctl.Refused;
        });
    }

    public Verb(string name, string description, IReadOnlyList<string> examples, Action<ParseResult, Printer> run)
        : this(name, description, examples, (parse, printer, _) =>
        {
            run(parse, printer);
            return Task.CompletedTask;
        })
    {
    }
}
