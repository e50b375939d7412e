using System.CommandLine;
using MeshMcp.Cli.Output;
using Spectre.Console;

namespace MeshMcp.Cli.Commands;

/// <summary><c>meshctl events</c>.</summary>
static class EventsCommand
{
    public static Command Create() => LocalNode.Verb("events", "Show what happens on the node from now on, until interrupted; with --json one line each.",
        ["meshctl events", "meshctl events --json"],
        async (node, _, printer, ct) =>
        {
            try
            {
                await foreach (var e in node.EventsAsync(ct))
                    printer.ShowNext(e, console => console.MarkupLineInterpolated($"{Words.Moment(e.At)} [bold]{Plain.Text(e.Kind)}[/] {Plain.Text(e.Message)}"));
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                // Interrupting is how one leaves.
            }
        });
}
