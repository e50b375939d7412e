using System.CommandLine;
using MeshMcp.Cli.Output;
using MeshMcp.Contracts.Nodes;
using Spectre.Console;

namespace MeshMcp.Cli.Commands;

/// <summary><c>meshctl status</c>.</summary>
static class StatusCommand
{
    public static Command Create() => LocalNode.Verb("status", "Show the node: its systems, the last change, what waits, what is worth knowing.",
        ["meshctl status", "meshctl status --json"],
        async (node, _, printer, ct) =>
        {
            var status = await node.StatusAsync(ct);
            printer.Show(status, console => Print(console, status));
        });

    static void Print(IAnsiConsole console, NodeStatus status)
    {
        console.MarkupLineInterpolated($"node [bold]{Plain.Text(status.Name)}[/], MeshMcp {Plain.Text(status.Version)}{(status.Serves ? ", serves the MCP server" : "")}");
        if (status.Generation is { } generation) console.WriteLine($"generation {generation.Number}: {Words.Of(generation)}");
        if (status.Pending is { } pending && pending.Number != status.Generation?.Number) console.WriteLine($"generation {pending.Number}: {Words.Of(pending)}");
        if (status.LastHealing is { } healing) console.WriteLine($"healing: {Plain.Text(healing)}");
        console.WriteLine();
        var table = Plain.Table("SYSTEM", "STATE", "PROBLEM");
        foreach (var system in status.Systems) table.AddRow(Plain.Cell(system.Name), new Markup(StateOf(system)), Plain.Cell(system.Problem ?? (system.Waits is { } waits ? string.Join("\n", waits) : null)));
        console.Write(table);
        Words.Print(console, status.Findings);
        if (status.Pending is { } waiting) Words.PrintChoice(console, waiting);
    }

    static string StateOf(SystemStatus system) => system switch
    {
        { Available: false } => "[red]not available[/]",
        { State: SystemState.Unmanaged } => "[grey]unmanaged[/]",
        { State: SystemState.InSync } => "[green]in sync[/]",
        { State: SystemState.Waits } => "[yellow]waits[/]",
        { State: SystemState.Differs } => "[yellow]differs[/]",
        _ => "[red]faulty[/]",
    };
}
