using System.ComponentModel;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.State;
using MeshMcp.Contracts.Trust;
using MeshMcp.Tools.Answers;
using MeshMcp.Tools.Calls;
using MeshMcp.Tools.Changes;
using MeshMcp.Tools.Nodes;
using MeshMcp.Tools.States;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace MeshMcp.Tools.Documents;

/// <summary>State documents as such; nothing here changes a node.</summary>
sealed class DocumentTools(INodes nodes)
{
    const int MaxPage = 200, MaxItems = 1000;

    [ModuleInitializer]
    internal static void Register() => Toolset.Register(new("documents", 140, nodes =>
    {
        var tools = new DocumentTools(nodes);
        return [tools.SchemaAsync, tools.ValidateAsync, tools.DiffAsync, tools.EditsAsync];
    }, OnRequest: "schema, checks and differences of states, edits"));

    [McpServerTool(Name = "get_schema", Title = "Get the schema of states", ReadOnly = true, Destructive = false, Idempotent = true, OpenWorld = false, UseStructuredContent = true, OutputSchemaType = typeof(ShownSchema))]
    [Description("Gives the JSON Schema of state documents, whole (7 KB) or of one section. Not for what a node has: use get_state.")]
    [RequiresScope(Scope.Read)]
    [Rest("GET", "/v1/schema")]
    public Task<CallToolResult> SchemaAsync(RequestContext<CallToolRequestParams> context, [Description("Only this section, e.g. lxc")] string? section = null, CancellationToken ct = default)
    {
        ct.ThrowIfCancellationRequested();
        StateTools.RequireSection(section);
        var whole = StateSchema.Document;
        var schema = section is null ? whole : whole["properties"]![section]!.DeepClone().AsObject();
        Inline(schema, whole);
        var shown = new ShownSchema(section, schema);
        return Task.FromResult(Answer.Of(shown, ToolJson.Default.ShownSchema, [section is null ? "JSON Schema of state documents" : $"JSON Schema of section {section} of state documents"], [schema.ToJsonString()]));
    }

    [McpServerTool(Name = "validate_state", Title = "Validate a state", ReadOnly = true, Destructive = false, Idempotent = true, OpenWorld = false, UseStructuredContent = true, OutputSchemaType = typeof(ShownVerdict))]
    [Description("Checks a document as a node would, and names every fault with its path; plans and changes nothing. Not for its steps: use plan_state.")]
    [RequiresScope(Scope.Read)]
    [Rest("POST", "validate", Body = "state")]
    public async Task<CallToolResult> ValidateAsync(
        RequestContext<CallToolRequestParams> context,
        [Description(Arguments.Node)] string node,
        [Description("The document, e.g. {\"bridge\":{\"address\":\"10.1.0.1/24\"}}")] JsonElement state,
        CancellationToken ct)
    {
        using var client = nodes.Get(node, context.Identity());
        var check = await client.ValidateAsync(state, ct);
        var (problems, findings) = (context.PageOf(check.Problems, 0, int.MaxValue, Line), context.PageOf(check.Findings, 0, int.MaxValue, Words.Of));
        var shown = new ShownVerdict(node, check.Problems.Count, problems.Rows, findings.Rows);
        return Answer.Of(shown, ToolJson.Default.ShownVerdict,
        [
            shown.Faults == 0 ? $"{node} would take this document: it has no faults." : $"{node} would not take this document: {Words.Count(shown.Faults, "fault")}.",
            .. problems.IsFull ? new[] { $"Cut at {Page.Budget} characters: {problems.Rows.Count} of {shown.Faults} faults; correct these, and validate again." } : [],
            .. findings.IsFull ? new[] { $"Cut at {Page.Budget} characters: {findings.Rows.Count} of {check.Findings.Count} findings; plan_state tells them too." } : [],
        ], [.. shown.Problems.Select(Line), .. shown.Findings.Select(Words.Of)]);
    }

    [McpServerTool(Name = "diff_states", Title = "Compare states", ReadOnly = true, Destructive = false, Idempotent = true, OpenWorld = false, UseStructuredContent = true, OutputSchemaType = typeof(ShownDifferences))]
    [Description("Compares two generations of a node, or two sides of its state (desired, declared, observed), item by item. Not for what a document would do: use plan_state.")]
    [RequiresScope(Scope.Read)]
    [Rest("GET", "diff")]
    public async Task<CallToolResult> DiffAsync(
        RequestContext<CallToolRequestParams> context,
        [Description(Arguments.Node)] string node,
        [Description("Generation or side, e.g. 3 or declared")] string from,
        [Description("Same kind, e.g. 7 or observed; else the newest, or desired")] string? to = null,
        [Description(Arguments.Cursor)] int cursor = 0,
        CancellationToken ct = default)
    {
        Arguments.Within(cursor, 0, int.MaxValue, "cursor");
        using var client = nodes.Get(node, context.Identity());
        var diff = Number(from) is { } first && (to is null || Number(to) is not null)
            ? await client.DiffAsync(first, to is null ? null : Number(to), ct) is var found ? (From: $"generation {found.From}", To: $"generation {found.To}", found.Items) : default
            : await SidesAsync(client, Side(from, "from"), to is null ? StateSide.Desired : Side(to, "to"), ct);
        var items = diff.Items.Select(i => new ItemDifference(i.Path, i.Before is { } before ? context.Short(before) : null, i.After is { } after ? context.Short(after) : null)).ToList();
        var page = context.PageOf(items, cursor, MaxItems, i => i.ToString());
        var shown = new ShownDifferences(node, diff.From, diff.To, items.Count, page.Rows, page.Next);
        return Answer.Of(shown, ToolJson.Default.ShownDifferences, [$"{Words.Count(shown.Total, "item")} {(shown.Total == 1 ? "differs" : "differ")} from {shown.From} to {shown.To} of {node}", .. page.Sentences()], shown.Items.Select(i => i.ToString()));
    }

    [McpServerTool(Name = "list_edits", Title = "List edits", ReadOnly = true, Destructive = false, Idempotent = true, OpenWorld = false, UseStructuredContent = true, OutputSchemaType = typeof(ShownEdits))]
    [Description("Lists a node's edits, newest first, by whom and why: in effect, superseded, absorbed by a document, suspended, reverted. Not for how changes ended: use list_changes.")]
    [RequiresScope(Scope.Read)]
    [Rest("GET", "edits")]
    public async Task<CallToolResult> EditsAsync(
        RequestContext<CallToolRequestParams> context,
        [Description(Arguments.Node)] string node,
        [Description("Most to return (1-200), e.g. 20")] int limit = 20,
        [Description(Arguments.Cursor)] int? cursor = null,
        CancellationToken ct = default)
    {
        Arguments.Within(limit, 1, MaxPage, "limit");
        using var client = nodes.Get(node, context.Identity());
        // One more tells whether there are more; a node of before this version gives its newest, whatever is asked.
        var list = await client.EditsAsync(limit + 1, ct, cursor);
        var found = list.Edits.Where(e => cursor is null || e.Number < cursor).Select(e => e with { What = context.Short(e.What) }).ToList();
        var page = context.PageOf(found, 0, limit, Line);
        var shown = new ShownEdits(node, list.Total, page.Rows, page.Next is null ? null : page.Rows[^1].Number);
        return Answer.Of(shown, ToolJson.Default.ShownEdits, [$"{shown.Edits.Count} of {Words.Count(shown.Total, "edit")} of {node}, newest first", .. page.Sentences(shown.NextCursor)], shown.Edits.Select(Line));
    }

    static async Task<(string From, string To, IReadOnlyList<ItemDifference> Items)> SidesAsync(NodeClient client, StateSide from, StateSide to, CancellationToken ct)
    {
        var (before, after) = (await client.StateAsync(Word(from), ct), await client.StateAsync(Word(to), ct));
        return (Word(from), Word(to), StateItems.Differences(before.State, after.State));
    }

    static int? Number(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    static StateSide Side(string text, string argument) => !char.IsAsciiDigit(text.FirstOrDefault()) && Enum.TryParse<StateSide>(text, ignoreCase: true, out var side) ? side
        : throw new MeshException(ErrorKind.InvalidArgument, $"'{text}' cannot be compared with the other: two generations can, or two of desired, declared and observed.", argument, "list_changes has the numbers of generations.");

    static string Word(StateSide side) => side.ToString().ToLowerInvariant();

    /// <summary>A section alone refers to nothing outside itself.</summary>
    static void Inline(JsonNode? node, JsonObject whole)
    {
        if (node is JsonArray items) foreach (var item in items) Inline(item, whole);
        if (node is not JsonObject members) return;
        foreach (var (name, below) in members.ToList())
            if (below is JsonObject inside && inside["$ref"]?.GetValue<string>() is { } place && place.StartsWith("#/", StringComparison.Ordinal))
                members[name] = place[2..].Split('/').Aggregate((JsonNode?)whole, (at, part) => at?[part])!.DeepClone();
            else Inline(below, whole);
    }

    static string Line(Problem problem) => $"{problem.Path}: {problem.Message}{(problem.Position is { } at ? $" (position {at})" : "")}{(problem.Nearest is { Count: > 0 } nearest ? $" (nearest: {string.Join(", ", nearest)})" : "")}";

    static string Line(ListedEdit e) =>
        $"{e.Number} {JsonNamingPolicy.CamelCase.ConvertName(e.Status.ToString())} {e.At:u} by {e.By}: {e.What} (item: {e.Item}{(e.Generation is { } g ? $", generation {g}" : "")}{(e.Why is null ? "" : $", why: {e.Why}")}{(e.Reason is null ? "" : $", reason: {e.Reason}")})";
}
