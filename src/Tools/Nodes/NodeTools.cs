using System.ComponentModel;
using System.Runtime.CompilerServices;
using System.Text.Json;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.Trust;
using MeshMcp.Tools.Answers;
using MeshMcp.Tools.Calls;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace MeshMcp.Tools.Nodes;

sealed class NodeTools(INodes nodes)
{
    /// <summary>Of one node.</summary>
    const int MaxFindings = 10;

    [ModuleInitializer]
    internal static void Register() => Toolset.Register(new("observe", 10, nodes => [new NodeTools(nodes).ListAsync]));

    [McpServerTool(Name = "list_nodes", Title = "List nodes", ReadOnly = true, Destructive = false, Idempotent = true, OpenWorld = false, UseStructuredContent = true, OutputSchemaType = typeof(NodeList))]
    [Description("Lists the nodes of the mesh: whether each answers (and why not), what differs or waits, its last change, and one that waits for confirmation. Start here. Not for flows or ports: use list_flows or get_state.")]
    [RequiresScope(Scope.Read)]
    [Rest("GET", "/v1/nodes")]
    public async Task<CallToolResult> ListAsync(RequestContext<CallToolRequestParams> context, CancellationToken ct)
    {
        var probed = await Probe.AllAsync(nodes, context.Call(), (client, limit) => client.StatusAsync(limit), ct);
        var whole = context.Call().IsProgram;
        var list = new NodeList(probed.Count(p => p.Said is not null), probed.Count, [.. probed.Select(p => RowOf(p, whole))]);
        return Answer.Of(list, ToolJson.Default.NodeList, [$"{list.Reachable} of {list.Total} nodes answer", .. list.Nodes.SelectMany(Sentences)], list.Nodes.SelectMany(Lines));
    }

    /// <param name="whole">Nothing is left out.</param>
    static NodeRow RowOf(Probed<NodeStatus> probed, bool whole)
    {
        if (probed.Said is not { } said) return new(probed.Name, "unreachable", false) { Problem = probed.Problem!.Message, Hint = probed.Problem.Hint };
        var systems = said.Systems.Where(s => whole || s.State is not (SystemState.InSync or SystemState.Unmanaged)).Select(s => new ShownSystem(s.Name, s.State, s.Problem, s.Waits)).ToList();
        // What systems wait for is said with them.
        var findings = said.Findings.Select(f => $"{f.Path}: {f.Message}").Where(f => whole || said.Systems.All(s => s.Waits?.Contains(f) != true)).ToList();
        return new(probed.Name, JsonNamingPolicy.CamelCase.ConvertName(said.Systems.Select(s => s.State).DefaultIfEmpty().Max().ToString()))
        {
            Milliseconds = Math.Round(probed.Took.TotalMilliseconds, 1),
            Version = said.Version,
            Generation = said.Generation?.Number,
            Waiting = said.Pending is { } pending ? WaitingOf(pending) : null,
            Serves = whole || said.Serves ? said.Serves : null,
            Systems = systems.Count == 0 ? null : systems,
            Findings = findings.Count == 0 ? null : [.. findings.Take(whole ? int.MaxValue : MaxFindings)],
            FindingsLeftOut = !whole && findings.Count > MaxFindings ? findings.Count - MaxFindings : null,
        };
    }

    static WaitingChange WaitingOf(Generation pending) => new(
        pending.Number,
        pending.Status == GenerationStatus.AwaitingConfirmation ? "waits for confirmation" : "is being applied or undone",
        (int?)pending.Confirmation?.SecondsLeft);

    static IEnumerable<string> Sentences(NodeRow node)
    {
        if (node.Waiting is { SecondsLeft: { } left } waiting)
            yield return $"{node.Name}: generation {waiting.Generation} {waiting.Status}, {left} s left. If it is yours, keep it with {Handing.Call("confirm_change", new() { ["node"] = node.Name, ["generation"] = waiting.Generation })}, undo it with {Handing.Call("rollback_change", new() { ["node"] = node.Name })}.";
        if (node.FindingsLeftOut is { } more) yield return $"{node.Name}: {more} more findings left out.";
    }

    static IEnumerable<string> Lines(NodeRow node)
    {
        if (!node.Reachable)
        {
            yield return $"{node.Name}: unreachable: {node.Problem}{(node.Hint is null ? "" : $" {node.Hint}")}";
            yield break;
        }
        yield return $"{node.Name}: {node.State switch { "inSync" => "in sync", "unmanaged" => "nothing managed yet", var state => state }}{(node.Generation is { } g ? $", generation {g}" : "")}{(node.Serves == true ? ", serves this server or the API" : "")}, {node.Version}, {node.Milliseconds} milliseconds";
        if (node.Waiting is { SecondsLeft: null } waiting) yield return $"  generation {waiting.Generation} {waiting.Status}";
        foreach (var system in node.Systems ?? [])
        {
            if (system.State is SystemState.Differs or SystemState.Silent or SystemState.Faulty)
                yield return $"  {system.Name} {system.State switch { SystemState.Silent => "does not answer", var state => state.ToString().ToLowerInvariant() }}: {system.Problem}";
            foreach (var waits in system.Waits ?? []) yield return $"  {system.Name} waits: {waits}";
        }
        foreach (var finding in node.Findings ?? []) yield return $"  {finding}";
    }
}
