using System.ComponentModel;
using System.Runtime.CompilerServices;
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
    [ModuleInitializer]
    internal static void Register() => Toolset.Register(new("observe", 10, nodes => [new NodeTools(nodes).ListAsync]));

    [McpServerTool(Name = "list_nodes", Title = "List nodes", ReadOnly = true, Destructive = false, Idempotent = true, OpenWorld = false, UseStructuredContent = true, OutputSchemaType = typeof(NodeList))]
    [Description("Lists the nodes of the mesh: whether each answers (and why not), its systems, last change, and a change that waits for confirmation. Start here. Not for flows or ports: use list_flows or get_state.")]
    [RequiresScope(Scope.Read)]
    [Rest("GET", "/v1/nodes")]
    public async Task<CallToolResult> ListAsync(RequestContext<CallToolRequestParams> context, CancellationToken ct)
    {
        var probed = await Probe.AllAsync(nodes, context.Call(), (client, limit) => client.StatusAsync(limit), ct);
        var list = new NodeList(probed.Count(p => p.Said is not null), probed.Count, [.. probed.Select(RowOf)]);
        return Answer.Of(list, ToolJson.Default.NodeList, [$"{list.Reachable} of {list.Total} nodes answer", .. list.Nodes.SelectMany(Lines)]);
    }

    static NodeRow RowOf(Probed<NodeStatus> probed) => probed.Said is not { } said
        ? new(probed.Name, false) { Problem = probed.Problem!.Message, Hint = probed.Problem.Hint }
        : new(probed.Name, true)
        {
            Milliseconds = Math.Round(probed.Took.TotalMilliseconds, 1),
            Version = said.Version,
            Generation = said.Generation?.Number,
            Waiting = said.Pending is { } pending ? WaitingOf(pending) : null,
            Serves = said.Serves,
            Systems = said.Systems,
            Findings = said.Findings.Count == 0 ? null : [.. said.Findings.Select(f => $"{f.Path}: {f.Message}")],
        };

    static WaitingChange WaitingOf(Generation pending) => new(
        pending.Number,
        pending.Status == GenerationStatus.AwaitingConfirmation ? "waits for confirmation" : "is being applied or undone",
        (int?)pending.Confirmation?.SecondsLeft);

    static IEnumerable<string> Lines(NodeRow node)
    {
        if (!node.Reachable)
        {
            yield return $"{node.Name}: unreachable: {node.Problem}";
            yield break;
        }
        yield return $"{node.Name}: {string.Join(", ", node.Systems!.Where(s => s.Section || !s.Available).Select(Describe).DefaultIfEmpty("nothing managed yet"))}{(node.Generation is { } g ? $", generation {g}" : "")}{(node.Serves == true ? ", serves this server or the API" : "")}";
        if (node.Waiting is { } waiting) yield return $"{node.Name}: generation {waiting.Generation} {waiting.Status}{(waiting.SecondsLeft is { } left ? $", {left} s left" : "")}";
    }

    static string Describe(SystemStatus system) => system switch
    {
        { Available: false } => $"{system.Name} does not answer ({system.Problem})",
        { InSync: true } => $"{system.Name} in sync",
        { InSync: false } => $"{system.Name} differs ({system.Problem})",
        _ => $"{system.Name}: {system.Problem ?? "unknown"}",
    };
}
