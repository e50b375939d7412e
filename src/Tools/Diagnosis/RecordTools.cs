using System.ComponentModel;
using System.Runtime.CompilerServices;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.Trust;
using MeshMcp.Tools.Answers;
using MeshMcp.Tools.Calls;
using MeshMcp.Tools.Changes;
using MeshMcp.Tools.Nodes;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace MeshMcp.Tools.Diagnosis;

/// <summary>What a node wrote down.</summary>
sealed class RecordTools(INodes nodes)
{
    const int MaxPage = 200;
    const string Part = "A part of it, e.g.";

    [ModuleInitializer]
    internal static void Register() => Toolset.Register(new("diagnose", 131, nodes =>
    {
        var tools = new RecordTools(nodes);
        return [tools.EventsAsync, tools.AuditAsync];
    }, OnRequest: "events, audit"));

    [McpServerTool(Name = "list_events", Title = "List events", ReadOnly = true, Destructive = false, Idempotent = true, OpenWorld = false, UseStructuredContent = true, OutputSchemaType = typeof(ShownEvents))]
    [Description("Lists what happened on a node since its agent started, newest first (the last 256): steps of changes, healing, tunnels that died. Not for changes: use list_changes.")]
    [RequiresScope(Scope.Read)]
    [Rest("GET", "events")]
    public async Task<CallToolResult> EventsAsync(
        RequestContext<CallToolRequestParams> context,
        [Description(Arguments.Node)] string node,
        [Description("Most to return (1-200), e.g. 30")] int limit = 30,
        [Description(Arguments.Cursor)] int? cursor = null,
        CancellationToken ct = default)
    {
        Arguments.Within(limit, 1, MaxPage, "limit");
        using var client = nodes.Get(node, context.Identity());
        // One more tells whether there are more.
        var found = (await client.RecentEventsAsync(limit + 1, ct, cursor)).Select(e => new ShownEvent(e.Number ?? 0, e.At, e.Kind, context.Short(e.Message), e.Generation)).ToList();
        var page = context.PageOf(found, 0, limit, Line);
        var shown = new ShownEvents(node, page.Rows, page.Next is null ? null : page.Rows[^1].Number);
        return Answer.Of(shown, ToolJson.Default.ShownEvents, [$"{Words.Count(shown.Events.Count, "event")} of {node}, newest first", .. page.Sentences(shown.NextCursor)], shown.Events.Select(Line));
    }

    [McpServerTool(Name = "search_audit", Title = "Search the audit", ReadOnly = true, Destructive = false, Idempotent = true, OpenWorld = false, UseStructuredContent = true, OutputSchemaType = typeof(ShownAudit))]
    [Description("Searches a node's audit, newest first: who called what, and what was refused. Not for what became of changes: use list_changes.")]
    [RequiresScope(Scope.Read)]
    [Rest("GET", "audit")]
    public async Task<CallToolResult> AuditAsync(
        RequestContext<CallToolRequestParams> context,
        [Description(Arguments.Node)] string node,
        [Description($"{Part} alice")] string? caller = null,
        [Description($"{Part} add_flow")] string? action = null,
        [Description("A part of parameters or outcome, e.g. tp_dst=53")] string? text = null,
        [Description("From then on, e.g. 2027-01-31T08:00Z")] string? since = null,
        [Description("Before, e.g. 2027-01-31T18:00Z")] string? until = null,
        [Description("Only what was refused, e.g. true")] bool refused = false,
        [Description("Most to return (1-200), e.g. 20")] int limit = 20,
        [Description(Arguments.Cursor)] int? cursor = null,
        CancellationToken ct = default)
    {
        Arguments.Within(limit, 1, MaxPage, "limit");
        var query = new AuditQuery(limit + 1, cursor, caller, action, text, Moment(since, "since"), Moment(until, "until"), refused);
        using var client = nodes.Get(node, context.Identity());
        var found = (await client.AuditAsync(query, ct)).Select(e => new ShownEntry(e.Number, e.At, e.Caller, e.Says, e.Action, e.Tool, context.Short(e.Outcome), e.Generation, context.Short(e.Parameters))).ToList();
        var page = context.PageOf(found, 0, limit, Line);
        var shown = new ShownAudit(node, page.Rows, page.Next is null ? null : page.Rows[^1].Number);
        return Answer.Of(shown, ToolJson.Default.ShownAudit, [$"Entries of {node}, newest first: {shown.Entries.Count}", .. page.Sentences(shown.NextCursor)], shown.Entries.Select(Line));
    }

    static DateTimeOffset? Moment(string? text, string argument) => string.IsNullOrWhiteSpace(text) ? null : Expiry.Moment(text, argument);

    static string Line(ShownEvent e) => $"{e.Number} {e.At:u} {e.Kind}{(e.Generation is { } g ? $" (generation {g})" : "")}: {e.Message}";

    static string Line(ShownEntry e) =>
        $"{e.Number} {e.At:u} {e.Caller}{(e.SpeaksFor is null ? "" : $" (speaks for: {e.SpeaksFor})")}: {(e.Tool is null ? "" : $"{e.Tool}: ")}{e.Action}: {e.Outcome}{(e.Generation is { } g ? $" (generation {g})" : "")}; parameters: {e.Parameters}";
}
