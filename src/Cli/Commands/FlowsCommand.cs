using System.CommandLine;
using System.Globalization;
using MeshMcp.Cli.Output;
using Spectre.Console;

namespace MeshMcp.Cli.Commands;

/// <summary><c>meshctl flows</c>.</summary>
static class FlowsCommand
{
    public static Command Create() => LocalNode.Verb("flows", "List the flows of the bridge as they are on the switch, with their counters.",
        ["meshctl flows", "meshctl flows --json"],
        async (node, _, printer, ct) =>
        {
            var list = await node.FlowsAsync(ct);
            printer.Show(list, console =>
            {
                var table = Plain.Table("TABLE", "PRIORITY", "MATCH", "ACTIONS", "PACKETS", "BYTES", "OURS", "ENDS IN");
                foreach (var flow in list.Flows)
                    table.Row(Number(flow.Table), Number(flow.Priority), flow.Match.Length == 0 ? "any" : flow.Match, flow.Actions, Number(flow.Packets), Number(flow.Bytes), flow.Ours ? "yes" : "no", Words.Left(flow.SecondsLeft));
                console.Write(table);
                console.WriteLine($"{list.Flows.Count} of {list.Total} flows on {Plain.Text(list.Bridge)}");
            });
        });

    static string Number(long n) => n.ToString(CultureInfo.InvariantCulture);
}
