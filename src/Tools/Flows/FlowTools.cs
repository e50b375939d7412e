using System.ComponentModel;
using System.Runtime.CompilerServices;
using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.Trust;
using MeshMcp.Tools.Answers;
using MeshMcp.Tools.Calls;
using MeshMcp.Tools.Changes;
using MeshMcp.Tools.Nodes;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace MeshMcp.Tools.Flows;

sealed class FlowTools(INodes nodes)
{
    const int MaxPage = 500;
    const string Bridge = "The one that a node has, e.g. mesh";

    [ModuleInitializer]
    internal static void Register() => Toolset.Register(new("flows", 30, nodes =>
    {
        var tools = new FlowTools(nodes);
        return [tools.ListAsync, tools.AddAsync, tools.DeleteAsync];
    }));

    [McpServerTool(Name = "list_flows", Title = "List flows", ReadOnly = true, Destructive = false, Idempotent = true, OpenWorld = false, UseStructuredContent = true, OutputSchemaType = typeof(FlowPage))]
    [Description("Lists the OpenFlow flows that are on a node's switch now, highest priority first, with packet counters, ours and others'. Not for what should be there: use get_state. Not to find where a packet goes: use trace_packet.")]
    [RequiresScope(Scope.Read)]
    [Rest("GET", "flows")]
    public async Task<CallToolResult> ListAsync(
        RequestContext<CallToolRequestParams> context,
        [Description(Arguments.Node)] string node,
        [Description("Only flows with these fields, e.g. tcp,tp_dst=9573, or with this text, e.g. veth200")] string? match = null,
        [Description("true: only ours; false: only other programs', e.g. true")] bool? ours = null,
        [Description("Most flows to return (1-500), e.g. 50")] int limit = 50,
        [Description(Arguments.Cursor)] int cursor = 0,
        CancellationToken ct = default)
    {
        Arguments.Within(limit, 1, MaxPage, "limit");
        Arguments.Within(cursor, 0, int.MaxValue, "cursor");
        using var client = nodes.Get(node, context.Identity());
        var all = await client.FlowsAsync(ct);
        var search = string.IsNullOrWhiteSpace(match) ? null : new FlowSearch(match);
        var found = all.Flows.Where(f => (ours is null || f.Ours == ours) && search?.Finds(f.Flow) != false).ToList();
        var rows = found.Skip(cursor).Take(limit).Select(f => new FlowRow(f.Flow, f.Packets, f.Bytes, f.Ours) { SecondsLeft = (int?)f.SecondsLeft }).ToList();
        int? next = cursor + rows.Count < found.Count && rows.Count > 0 ? cursor + rows.Count : null;
        var page = new FlowPage(node, all.Bridge, all.Total, found.Count, rows, next);
        return Answer.Of(page, ToolJson.Default.FlowPage, Sentences(page), page.Flows.Select(Line));
    }

    [McpServerTool(Name = "add_flow", Title = "Add a flow", ReadOnly = false, Destructive = true, Idempotent = true, OpenWorld = false, UseStructuredContent = true, OutputSchemaType = typeof(ChangeReport))]
    [Description("Adds one flow to a node's desired state, applies and verifies it; a flow with the same table, priority and match gets the new actions. Undone by itself if it cuts the way to the node. Not for many flows at once: use apply_state.")]
    [RequiresScope(Scope.Operate)]
    [Rest("POST", "flows")]
    public async Task<CallToolResult> AddAsync(
        RequestContext<CallToolRequestParams> context,
        [Description(Arguments.Node)] string node,
        [Description("Match and actions with port names, e.g. priority=100,tcp,tp_dst=9573,actions=output:veth200")] string flow,
        [Description(Bridge)] string? bridge = null,
        [Description(Arguments.For)] string? @for = null,
        [Description(Arguments.ConfirmWithin)] int? confirmWithin = null,
        [Description(Arguments.Why)] string? why = null,
        CancellationToken ct = default) =>
        (await new ChangeRun(nodes, context).EditAsync(node, new AddFlow(flow, bridge), confirmWithin, why, ct, @for)).ToAnswer();

    [McpServerTool(Name = "delete_flow", Title = "Delete a flow", ReadOnly = false, Destructive = true, Idempotent = true, OpenWorld = false, UseStructuredContent = true, OutputSchemaType = typeof(ChangeReport))]
    [Description("Takes one flow out of a node's desired state and off its switch, and verifies it. Text that fits several flows is refused with the candidates. Never touches other programs' flows. Not to undo a change: use undo_change.")]
    [RequiresScope(Scope.Operate)]
    [Rest("DELETE", "flows")]
    public async Task<CallToolResult> DeleteAsync(
        RequestContext<CallToolRequestParams> context,
        [Description(Arguments.Node)] string node,
        [Description("The flow, as much as names exactly one, e.g. priority=100,tcp,tp_dst=9573")] string flow,
        [Description(Bridge)] string? bridge = null,
        [Description(Arguments.ConfirmWithin)] int? confirmWithin = null,
        [Description(Arguments.Why)] string? why = null,
        CancellationToken ct = default) =>
        (await new ChangeRun(nodes, context).EditAsync(node, new DeleteFlow(flow, bridge), confirmWithin, why, ct)).ToAnswer();

    static IEnumerable<string> Sentences(FlowPage page)
    {
        yield return $"{page.Flows.Count} of {page.Matching} flows{(page.Matching == page.Total ? "" : $" that match, of {page.Total},")} on {page.Bridge} of {page.Node}";
        if (page.NextCursor is { } next) yield return $"More with cursor {next}.";
    }

    static string Line(FlowRow row) => $"{row.Flow}  ({(row.Ours ? "" : "another program's, ")}{row.Packets} packets, {row.Bytes} bytes{(row.SecondsLeft is { } left ? $", ends in {left} s" : "")})";
}
