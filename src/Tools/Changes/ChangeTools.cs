using System.ComponentModel;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Nodes;
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
        return [tools.ListAsync, tools.ConfirmAsync, tools.RollbackAsync, tools.UndoAsync];
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
    [Description("Undoes the change that waits, or with `to` goes back to an earlier confirmed generation, as a new change. Not to take back one change of several: use undo_change.")]
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
        var report = await new ChangeRun(nodes, context).RunAsync(node, request, ct);
        return report.ToAnswer();
    }

    [McpServerTool(Name = "undo_change", Title = "Undo one change", ReadOnly = false, Destructive = true, Idempotent = false, OpenWorld = false, UseStructuredContent = true, OutputSchemaType = typeof(ChangeReport))]
    [Description("Takes one change back and leaves later ones; refused, with their numbers, where some rest on it. Not for all since: use rollback_change.")]
    [RequiresScope(Scope.Operate)]
    [Rest("POST", "generations/{generation}/undo")]
    public async Task<CallToolResult> UndoAsync(
        RequestContext<CallToolRequestParams> context,
        [Description(Arguments.Node)] string node,
        [Description("Its number, e.g. 7")] int generation,
        [Description(Arguments.ConfirmWithin)] int? confirmWithin = null,
        [Description(Arguments.Why)] string? why = null,
        CancellationToken ct = default) =>
        (await new ChangeRun(nodes, context).RunAsync(node, new RollbackRequest { Undo = generation, ConfirmWithin = confirmWithin, Why = why }, ct)).ToAnswer();

    [McpServerTool(Name = "list_changes", Title = "List changes", ReadOnly = true, Destructive = false, Idempotent = true, OpenWorld = false, UseStructuredContent = true, OutputSchemaType = typeof(ChangePage))]
    [Description("Lists what was done, newest first: changes (what, who, why, how each ended, seconds left), restarts, execs, repairs of drift; so also what came of a call that was cut. Not for the state: use get_state.")]
    [RequiresScope(Scope.Read)]
    [Rest("GET", "/v1/history")]
    public async Task<CallToolResult> ListAsync(
        RequestContext<CallToolRequestParams> context,
        [Description("From list_nodes, e.g. oo1424oo; else all")] string? node = null,
        [Description("A time, or how long ago, e.g. 2h")] string? since = null,
        [Description("Part of who, e.g. alice")] string? by = null,
        [Description("Most to return (1-100), e.g. 20")] int limit = 20,
        [Description("nextCursor of the answer before, e.g. 2027-01-31T18:00Z")] string? cursor = null,
        CancellationToken ct = default)
    {
        Arguments.Within(limit, 1, MaxPage, "limit");
        // One more tells whether there are more.
        var query = new HistoryQuery(limit + 1, since is null ? null : Expiry.Since(since, "since"), cursor is null ? null : Expiry.Moment(cursor, "cursor"), by);
        var (found, silent) = await FindAsync(context, node, query, ct);
        var rows = found.Take(limit).ToList();
        var page = new ChangePage(node, rows, found.Count > rows.Count ? rows[^1].At.UtcDateTime.ToString("O", CultureInfo.InvariantCulture) : null, silent);
        return Answer.Of(page, ToolJson.Default.ChangePage, Sentences(page), [.. page.Changes.Select(Line), .. silent ?? []]);
    }

    async Task<(IReadOnlyList<ChangeRow> Found, IReadOnlyList<string>? Silent)> FindAsync(RequestContext<CallToolRequestParams> context, string? node, HistoryQuery query, CancellationToken ct)
    {
        if (node is not null)
        {
            using var client = nodes.Get(node, context.Identity());
            return ([.. (await client.HistoryAsync(query, ct)).Select(e => RowOf(context, e))], null);
        }
        var asked = await Probe.AllAsync(nodes, context.Call(), (client, limit) => client.HistoryAsync(query, limit), ct);
        string[] silent = [.. asked.Where(a => a.Said is null).Select(a => $"{a.Name}: {a.Problem!.Message}")];
        return ([.. asked.SelectMany(a => (a.Said ?? []).Select(e => RowOf(context, e) with { Node = a.Name })).OrderByDescending(r => r.At)], silent.Length == 0 ? null : silent);
    }

    static ChangeRow RowOf(RequestContext<CallToolRequestParams> context, HistoryEntry entry) => new(
        entry.Generation?.Number, entry.Generation is { } g ? JsonNamingPolicy.CamelCase.ConvertName(g.Status.ToString()) : AuditEntry.Done, entry.At, entry.By, [.. Answer.Some([.. entry.What.Select(context.Short)], 20)])
    {
        Why = entry.Generation?.Why,
        SecondsLeft = (int?)entry.Generation?.Confirmation?.SecondsLeft,
        ConfirmedBy = entry.Generation?.Confirmation?.ConfirmedBy,
        Because = entry.Generation?.Error?.Message,
    };

    static IEnumerable<string> Sentences(ChangePage page)
    {
        yield return $"{Words.Count(page.Changes.Count, "change")} of {page.Node ?? "all nodes"}, newest first";
        foreach (var c in page.Changes.Where(c => c.SecondsLeft is not null))
            yield return $"{c.SecondsLeft} s left: keep generation {c.Generation} with {Handing.Call("confirm_change", new() { ["node"] = page.Node ?? c.Node, ["generation"] = c.Generation })}, undo it with {Handing.Call("rollback_change", new() { ["node"] = page.Node ?? c.Node })}.";
        if (page.Silent is { Count: var silent }) yield return $"{Words.Count(silent, "node")} did not answer.";
        if (page.NextCursor is { } next) yield return $"More with cursor {next}.";
    }

    static string Line(ChangeRow c) =>
        $"{(c.Node is null ? "" : $"{c.Node} ")}{(c.Generation is { } number ? $"{number} " : "")}{c.Status} {c.At:u} by {c.By}: {string.Join("; ", c.What)}{(c.Why is null ? "" : $" (why: {c.Why})")}{(c.ConfirmedBy is null ? "" : $" (confirmed by: {c.ConfirmedBy})")}{(c.Because is null ? "" : $" (because: {c.Because})")}";
}
