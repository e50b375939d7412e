using System.ComponentModel;
using System.Runtime.CompilerServices;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.Trust;
using MeshMcp.Tools.Answers;
using MeshMcp.Tools.Calls;
using MeshMcp.Tools.Nodes;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace MeshMcp.Tools.Traces;

sealed class TraceTools(INodes nodes)
{
    [ModuleInitializer]
    internal static void Register() => Toolset.Register(new("observe", 90, nodes => [new TraceTools(nodes).TraceAsync]));

    [McpServerTool(Name = "trace_packet", Title = "Trace a packet", ReadOnly = true, Destructive = false, Idempotent = true, OpenWorld = false, UseStructuredContent = true, OutputSchemaType = typeof(ShownTrace))]
    [Description("Says which flows of one node an imagined packet would meet and where it would end. Sends nothing. Not across nodes: trace on each. Not for counters: use list_flows.")]
    [RequiresScope(Scope.Read)]
    [Rest("POST", "trace")]
    public async Task<CallToolResult> TraceAsync(
        RequestContext<CallToolRequestParams> context,
        [Description(Arguments.Node)] string node,
        [Description("Flow fields with in_port or nw_src, e.g. tcp,nw_src=10.0.0.100,nw_dst=10.1.0.200,tp_dst=9573")] string packet,
        CancellationToken ct)
    {
        using var client = nodes.Get(node, context.Identity());
        var trace = await client.TraceAsync(new TraceRequest(packet), ct);
        var shown = new ShownTrace(node, trace.Bridge, trace.Packet, trace.Verdict, trace.Assumed, trace.Way, trace.Steps, trace.DatapathActions);
        return Answer.Of(shown, ToolJson.Default.ShownTrace, [$"{shown.Verdict} (on {shown.Bridge} of {node})", .. shown.Assumed.Count > 0 ? [$"Assumed: {string.Join("; ", shown.Assumed)}; the first packet of a connection."] : Array.Empty<string>()],
            [.. shown.Way, .. shown.Steps.Select(Line)]);
    }

    static string Line(TraceStep step) =>
        $"table {step.Table}: {(step.Flow is null ? "no flow matches" : $"{step.Flow}{(step.Ours == false ? " (another program's)" : "")}")}{(step.Actions.Count == 0 ? "" : $" → {string.Join("; ", step.Actions)}")}";
}
