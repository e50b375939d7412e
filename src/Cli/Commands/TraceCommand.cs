using System.CommandLine;
using MeshMcp.Cli.Output;
using MeshMcp.Contracts.Nodes;
using Spectre.Console;

namespace MeshMcp.Cli.Commands;

/// <summary><c>meshctl trace</c>.</summary>
static class TraceCommand
{
    static readonly Argument<string> Packet = new("FLOW") { Description = "A packet by its fields, in quotes; in_port, where it comes in (a port, or the uplink), follows from nw_src where that is known." };

    public static Command Create()
    {
        var verb = LocalNode.Verb("trace", "Show which flows a packet meets and where it goes. No packet is sent.",
            ["meshctl trace 'in_port=veth100,tcp,nw_dst=10.1.0.200,tp_dst=9573'"],
            async (node, parse, printer, ct) =>
            {
                var trace = await node.TraceAsync(new TraceRequest(parse.GetRequiredValue(Packet)), ct);
                printer.Show(trace, console => Print(console, trace));
            });
        verb.Add(Packet);
        return verb;
    }

    static void Print(IAnsiConsole console, PacketTrace trace)
    {
        console.WriteLine($"{Plain.Text(trace.Packet)} on {Plain.Text(trace.Bridge)}");
        foreach (var assumed in trace.Assumed) console.WriteLine($"assumed: {Plain.Text(assumed)}");
        foreach (var place in trace.Way) console.WriteLine(Plain.Text(place));
        foreach (var step in trace.Steps)
        {
            console.MarkupLineInterpolated($"table {step.Table}: {(step.Flow is { } flow ? Plain.Text(flow) : "no flow matches")}{(step.Ours == false ? " (not ours)" : "")}");
            foreach (var action in step.Actions) console.WriteLine($"  {Plain.Text(action)}");
        }
        console.MarkupLineInterpolated($"[bold]{Plain.Text(trace.Verdict)}[/]");
        console.WriteLine($"datapath: {Plain.Text(trace.DatapathActions)}");
    }
}
