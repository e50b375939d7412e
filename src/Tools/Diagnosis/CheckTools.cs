using System.ComponentModel;
using System.Runtime.CompilerServices;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.Trust;
using MeshMcp.Tools.Answers;
using MeshMcp.Tools.Calls;
using MeshMcp.Tools.Changes;
using MeshMcp.Tools.Nodes;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace MeshMcp.Tools.Diagnosis;

sealed class CheckTools(INodes nodes)
{
    [ModuleInitializer]
    internal static void Register() => Toolset.Register(new("diagnose", 130, nodes =>
    {
        var tools = new CheckTools(nodes);
        return [tools.CheckAsync, tools.PortsAsync];
    }, OnRequest: "what is wrong with a node, its open ports"));

    [McpServerTool(Name = "check_node", Title = "Check a node", ReadOnly = true, Destructive = false, Idempotent = true, OpenWorld = false, UseStructuredContent = true, OutputSchemaType = typeof(ShownCheckup))]
    [Description("Looks at a node from its kernel to the mesh: what is broken, with what to do; the first is where to begin. Not for all nodes at once: use list_nodes.")]
    [RequiresScope(Scope.Read)]
    [Rest("GET", "checkup")]
    public async Task<CallToolResult> CheckAsync(
        RequestContext<CallToolRequestParams> context,
        [Description(Arguments.Node)] string node,
        [Description("Also what is fine, e.g. true")] bool all = false,
        [Description(Arguments.Cursor)] int cursor = 0,
        CancellationToken ct = default)
    {
        Arguments.Within(cursor, 0, int.MaxValue, "cursor");
        using var client = nodes.Get(node, context.Identity());
        var checks = (await client.CheckupAsync(ct)).Checks;
        var found = checks.Where(c => all || c.Health != Health.Fine).Select(c => new ShownCheck(c.Layer, c.What, c.Health, c.Says, c.Health == Health.Fine ? null : c.Next)).ToList();
        var page = context.PageOf(found, cursor, int.MaxValue, Line);
        var shown = new ShownCheckup(node, checks.Count(c => c.Health == Health.Broken), checks.Count(c => c.Health == Health.Warning), checks.Count(c => c.Health == Health.Fine), page.Rows) { NextCursor = page.Next };
        return Answer.Of(shown, ToolJson.Default.ShownCheckup, [$"{node}: {shown.Broken} broken, {Words.Count(shown.Warnings, "warning")}, {shown.Fine} fine", .. page.Sentences()], shown.Checks.Select(Line));
    }

    [McpServerTool(Name = "list_ports", Title = "List open ports", ReadOnly = true, Destructive = false, Idempotent = true, OpenWorld = false, UseStructuredContent = true, OutputSchemaType = typeof(ShownPorts))]
    [Description("Lists the ports that a node publishes for containers, with their connections, and those on which its own programs listen. Not for ports inside containers: use list_containers.")]
    [RequiresScope(Scope.Read)]
    [Rest("GET", "ports")]
    public async Task<CallToolResult> PortsAsync(
        RequestContext<CallToolRequestParams> context,
        [Description(Arguments.Node)] string node,
        [Description(Arguments.Cursor)] int cursor = 0,
        CancellationToken ct = default)
    {
        Arguments.Within(cursor, 0, int.MaxValue, "cursor");
        using var client = nodes.Get(node, context.Identity());
        var (uplink, (listeners, problem)) = (await client.UplinkAsync(ct), await ListenersAsync(client, ct));
        object[] all = [.. uplink.Published, .. listeners.OrderBy(l => l.Port).ThenBy(l => l.Protocol, StringComparer.Ordinal).ThenBy(l => l.Address, StringComparer.Ordinal).Distinct()];
        var page = context.PageOf(all, cursor, int.MaxValue, Line);
        var shown = new ShownPorts(node, uplink.Interface, uplink.Addresses, [.. page.Rows.OfType<PublishedStatus>()], [.. page.Rows.OfType<Listener>()]) { Reach = uplink.Reach, Problem = problem, NextCursor = page.Next };
        return Answer.Of(shown, ToolJson.Default.ShownPorts,
            [$"{node}: {uplink.Published.Count} published, {all.Length - uplink.Published.Count} listening{(uplink.Interface is { } device ? $"; uplink {device} with {string.Join(", ", uplink.Addresses.DefaultIfEmpty("no address"))}" : "")}", .. uplink.Reach is { } reach ? [$"{reach}."] : Array.Empty<string>(), .. page.Sentences()],
            [.. problem is null ? [] : new[] { problem }, .. page.Rows.Select(Line)]);
    }

    static async Task<(IReadOnlyList<Listener> Listeners, string? Problem)> ListenersAsync(NodeClient client, CancellationToken ct)
    {
        try
        {
            return ((await client.ListenersAsync(ct)).Listeners, null);
        }
        catch (MeshException e) when (e.IsOfNode)
        {
            // An older node, or one without ss: what is published is known all the same.
            return ([], $"What listens is not known: {e.Message}");
        }
    }

    static string Line(object port) => port switch
    {
        PublishedStatus p => $"published {p.Protocol}/{p.Port}: container {p.Container}, target {p.Target}, {(p.Sources.Count == 0 ? "everybody" : $"sources {string.Join(", ", p.Sources)}")}, {(p.Live ? "live" : "not live yet")}, {p.Connections} connections",
        Listener l => $"listening {l.Protocol} {l.Address}:{l.Port}: {l.Program}",
        _ => "",
    };

    static string Line(ShownCheck check) => $"{check.Health.ToString().ToLowerInvariant()}: {check.Layer}: {check.What}: {check.Message}{(check.Hint is null ? "" : $" {check.Hint}")}";
}
