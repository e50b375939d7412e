using System.ComponentModel;
using System.Runtime.CompilerServices;
using System.Text.Json;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Trust;
using MeshMcp.Tools.Answers;
using MeshMcp.Tools.Calls;
using MeshMcp.Tools.Nodes;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace MeshMcp.Tools.Changes;

sealed class ChangeTools(INodes nodes)
{
    const int MaxPage = 100;

    [ModuleInitializer]
    internal static void Register() => Toolset.Register(new("state", 80, nodes =>
    {
        var tools = new ChangeTools(nodes);
        return [tools.ListAsync, tools.ConfirmAsync, tools.RollbackAsync];
    }));

    [McpServerTool(Name = "confirm_change", Title = "Confirm a change", ReadOnly = false, Destructive = false, Idempotent = true, OpenWorld = false, UseStructuredContent = true, OutputSchemaType = typeof(ChangeReport))]
    [Description("Keeps a change that would be undone otherwise. Only its maker's counts, on a connection opened after it: that proves the way in. Not for other changes: only when an answer or list_changes says that one waits.")]
    [RequiresScope(Scope.Operate)]
    [Rest("POST", "generations/{generation}/confirm")]
    public async Task<CallToolResult> ConfirmAsync(
        RequestContext<CallToolRequestParams> context,
        [Description(Arguments.Node)] string node,
        [Description("Number of the waiting change, e.g. 7")] int generation,
        [Description("Not to keep it yet: seconds more (5-3600), e.g. 120")] int? extend = null,
        CancellationToken ct = default)
    {
        if (extend is { } seconds) return await ExtendAsync(context, node, generation, seconds, ct);
        var kept = await new CallerConfirmation(nodes, context.Call(), context.Identity()).ConfirmAsync(node, generation, ct);
        // Its steps were told when it was made.
        var report = new ChangeReport(node, true, ChangeOutcome.Done, [], Verified: true) { Generation = kept.Number, Confirmed = kept.Confirmation?.ConfirmedBy };
        return Answer.Of(report, ToolJson.Default.ChangeReport, [$"Generation {kept.Number} on {node} is kept{(report.Confirmed is null ? "" : $" ({report.Confirmed})")}."], []);
    }

    async Task<CallToolResult> ExtendAsync(RequestContext<CallToolRequestParams> context, string node, int number, int seconds, CancellationToken ct)
    {
        using var client = nodes.Get(node, context.Identity());
        var longer = await client.ConfirmAsync(number, new() { Extend = seconds }, ct);
        var left = (int)(longer.Confirmation?.SecondsLeft ?? seconds);
        var report = new ChangeReport(node, true, ChangeOutcome.Held, [], Verified: true)
        {
            Generation = number,
            Confirmation = new(left, longer.Confirmation?.Deadline ?? default, "confirm_change", number, longer.Confirmation?.CallerMustReconnect == true, $"Call confirm_change {{\"node\":\"{node}\",\"generation\":{number}}} on a new connection."),
        };
        return Answer.Of(report, ToolJson.Default.ChangeReport, [$"Generation {number} on {node} waits {left} s more. {report.Confirmation.How}"], []);
    }

    [McpServerTool(Name = "rollback_change", Title = "Roll back", ReadOnly = false, Destructive = true, Idempotent = false, OpenWorld = false, UseStructuredContent = true, OutputSchemaType = typeof(ChangeReport))]
    [Description("Undoes the change that waits, or with `to` goes back to an earlier confirmed generation, as a new change. Not to take back one flow: use delete_flow, which keeps later changes.")]
    [RequiresScope(Scope.Operate)]
    [Rest("POST", "rollback")]
    public async Task<CallToolResult> RollbackAsync(
        RequestContext<CallToolRequestParams> context,
        [Description(Arguments.Node)] string node,
        [Description("Generation to go back to, e.g. 5; without, the waiting one is undone")] int? to = null,
        [Description("Number of the waiting change, e.g. 7; needed if not yours")] int? only = null,
        [Description(Arguments.ConfirmWithin)] int? confirmWithin = null,
        [Description(Arguments.Why)] string? why = null,
        CancellationToken ct = default)
    {
        var request = new RollbackRequest { To = to, Only = only, ConfirmWithin = confirmWithin, Why = why };
        var report = await new ChangeRun(nodes, context).RunAsync(node, client => client.RollbackAsync(request, ct), ct);
        return report.ToAnswer();
    }

    [McpServerTool(Name = "list_changes", Title = "List changes", ReadOnly = true, Destructive = false, Idempotent = true, OpenWorld = false, UseStructuredContent = true, OutputSchemaType = typeof(ChangePage))]
    [Description("Lists a node's changes, newest first: what, who, why, how each ended, seconds left of one that waits; so also what came of one whose connection was cut. Not for the state: use get_state.")]
    [RequiresScope(Scope.Read)]
    [Rest("GET", "history")]
    public async Task<CallToolResult> ListAsync(
        RequestContext<CallToolRequestParams> context,
        [Description(Arguments.Node)] string node,
        [Description("Most changes to return (1-100), e.g. 20")] int limit = 20,
        [Description(Arguments.Cursor)] int? cursor = null,
        CancellationToken ct = default)
    {
        Arguments.Within(limit, 1, MaxPage, "limit");
        using var client = nodes.Get(node, context.Identity());
        // One more tells whether there are more.
        var found = await client.GenerationsAsync(limit + 1, ct, cursor);
        // A node of before this version gives its newest, whatever is asked.
        found = [.. found.Where(g => cursor is null || g.Number < cursor)];
        var rows = found.Take(limit).Select(RowOf).ToList();
        var page = new ChangePage(node, rows, found.Count > rows.Count ? rows[^1].Generation : null);
        return Answer.Of(page, ToolJson.Default.ChangePage, Sentences(page), page.Changes.Select(Line));
    }

    static ChangeRow RowOf(Generation g) => new(
        g.Number, JsonNamingPolicy.CamelCase.ConvertName(g.Status.ToString()), g.At, g.By,
        g.Edits.Count > 0 ? [.. Answer.Some([.. g.Edits], 20)] : ["apply declared document"])
    {
        Why = g.Why,
        SecondsLeft = (int?)g.Confirmation?.SecondsLeft,
        ConfirmedBy = g.Confirmation?.ConfirmedBy,
        Because = g.Error?.Message,
    };

    static IEnumerable<string> Sentences(ChangePage page)
    {
        yield return $"{Words.Count(page.Changes.Count, "change")} of {page.Node}, newest first";
        foreach (var c in page.Changes.Where(c => c.SecondsLeft is not null))
            yield return $"{c.SecondsLeft} s left: keep generation {c.Generation} with {Handing.Call("confirm_change", new() { ["node"] = page.Node, ["generation"] = c.Generation })}, undo it with {Handing.Call("rollback_change", new() { ["node"] = page.Node })}.";
        if (page.NextCursor is { } next) yield return $"More with cursor {next}.";
    }

    static string Line(ChangeRow c) =>
        $"{c.Generation} {c.Status} {c.At:u} by {c.By}: {string.Join("; ", c.What)}{(c.Why is null ? "" : $" (why: {c.Why})")}{(c.ConfirmedBy is null ? "" : $" (confirmed by: {c.ConfirmedBy})")}{(c.Because is null ? "" : $" (because: {c.Because})")}";
}
