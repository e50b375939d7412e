using System.ComponentModel;
using System.Runtime.CompilerServices;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.Trust;
using MeshMcp.Tools.Answers;
using MeshMcp.Tools.Calls;
using MeshMcp.Tools.Changes;
using MeshMcp.Tools.Nodes;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace MeshMcp.Tools.Xray;

sealed class XrayTools(INodes nodes)
{
    const int MostUsers = 500;

    [ModuleInitializer]
    internal static void Register() => Toolset.Register(new("xray", 100, nodes =>
    {
        var tools = new XrayTools(nodes);
        return [tools.StatusAsync, tools.AddAsync, tools.LinksAsync, tools.RemoveAsync];
    }, OnRequest: "users of the Xray ingress, their links, traffic"));

    [McpServerTool(Name = "xray_status", Title = "Xray status", ReadOnly = true, Destructive = false, Idempotent = true, OpenWorld = false, UseStructuredContent = true, OutputSchemaType = typeof(ShownXray))]
    [Description("Shows a node's Xray or v2ray: server and exit, whether each is configured and runs, ports, users with their traffic, and what is missing. Not for WireGuard clients. Not to change ports or security: use apply_state with section xray.")]
    [RequiresScope(Scope.Read)]
    [Rest("GET", "xray")]
    public async Task<CallToolResult> StatusAsync(
        RequestContext<CallToolRequestParams> context,
        [Description(Arguments.Node)] string node,
        [Description("Most users to return (1-500), e.g. 50")] int limit = 50,
        CancellationToken ct = default)
    {
        Arguments.Within(limit, 1, MostUsers, "limit");
        using var client = nodes.Get(node, context.Identity());
        var status = await client.XrayAsync(ct);
        var shown = new ShownXray(node, Shown(status.Server), Shown(status.Exit), status.Users.Count, [.. status.Users.Take(limit)], status.Findings);
        return Answer.Of(shown, ToolJson.Default.ShownXray, Sentences(shown), Lines(shown));
    }

    [McpServerTool(Name = "xray_add_user", Title = "Add an Xray user", ReadOnly = false, Destructive = true, Idempotent = false, OpenWorld = false, UseStructuredContent = true, OutputSchemaType = typeof(ShownXrayUser))]
    [Description("Lets a new user into a node's Xray server; a one-time link for that user has the share links and QR codes. Restarts the program: connections of all its users are cut and can be made anew at once. Not for WireGuard: use wg_add_client.")]
    [RequiresScope(Scope.Operate)]
    [Rest("POST", "xray/users")]
    public async Task<CallToolResult> AddAsync(
        RequestContext<CallToolRequestParams> context,
        [Description(Arguments.Node)] string node,
        [Description("New name: lower-case letters, digits and dashes, e.g. alice-phone")] string name,
        [Description(Handing.Reveal)] bool reveal = false,
        [Description(Arguments.Why)] string? why = null,
        CancellationToken ct = default)
    {
        using var client = nodes.Get(node, context.Identity());
        var added = await client.AddXrayUserAsync(new(name) { Why = why }, ct, context.Way(reveal));
        var shown = new ShownXrayUser(node, added.Findings.Any(f => f.Waits) ? ChangeOutcome.Waits : ChangeOutcome.Done, added.Name, added.Generation, reveal ? added.Links : null, added.Findings is { Count: > 0 } findings ? findings : null)
        {
            Handover = context.Shown(node, reveal, added, added.Handover, Again(node, added.Name)),
        };
        return WithCodes(Answer.Of(shown, ToolJson.Default.ShownXrayUser, [Sentence(shown)], Lines(shown)), shown.Links);
    }

    [McpServerTool(Name = "xray_user_links", Title = "Share links of an Xray user", ReadOnly = false, Destructive = false, Idempotent = false, OpenWorld = false, UseStructuredContent = true, OutputSchemaType = typeof(ShownXrayLinks))]
    [Description("Gives a new one-time link to the share links and QR codes of a user who is there. Not to add one: use xray_add_user.")]
    [RequiresScope(Scope.Admin)]
    [Rest("POST", "xray/users/{name}/links")]
    public async Task<CallToolResult> LinksAsync(
        RequestContext<CallToolRequestParams> context,
        [Description(Arguments.Node)] string node,
        [Description("The user's name, e.g. alice-phone")] string name,
        [Description(Handing.Reveal)] bool reveal = false,
        CancellationToken ct = default)
    {
        using var client = nodes.Get(node, context.Identity());
        var links = await client.XrayLinksAsync(name, ct, context.Way(reveal));
        var shown = new ShownXrayLinks(node, links.Name, reveal ? links.Links : null) { Handover = context.Shown(node, reveal, links, links.Handover, Again(node, links.Name)) };
        return WithCodes(Answer.Of(shown, ToolJson.Default.ShownXrayLinks, [$"Share links of {shown.Name} on {node}.{(shown.Links is null ? "" : " They let whoever has them in.")}"], Lines(shown)), shown.Links);
    }

    [McpServerTool(Name = "xray_remove_user", Title = "Remove an Xray user", ReadOnly = false, Destructive = true, Idempotent = false, OpenWorld = false, UseStructuredContent = true, OutputSchemaType = typeof(ChangeReport))]
    [Description("Shuts a user out of a node's Xray server for good: the links stop working. Restarts the program: connections of all its users are cut and can be made anew at once. Not to see who is there: use xray_status.")]
    [RequiresScope(Scope.Operate)]
    [Rest("DELETE", "xray/users/{name}")]
    public async Task<CallToolResult> RemoveAsync(
        RequestContext<CallToolRequestParams> context,
        [Description(Arguments.Node)] string node,
        [Description("The user's name, e.g. alice-phone")] string name,
        [Description(Arguments.Why)] string? why = null,
        CancellationToken ct = default) =>
        (await new ChangeRun(nodes, context).EditAsync(node, new RemoveXrayUser(name), null, why, ct)).ToAnswer();

    static ShownXrayPart? Shown(XrayPart? part) => part is null ? null : new(part.Container, Lower(part.Program), part.Version, part.Configured, part.Running, part.To,
        [.. part.Inbounds.Select(i => new ShownXrayInbound(i.Protocol, i.Port, Lower(i.Security), i.Up, i.Down))], part.NoTraffic);

    static string Lower<T>(T value) where T : struct, Enum => value.ToString().ToLowerInvariant();

    static IEnumerable<string> Lines(ShownXray xray)
    {
        foreach (var (role, part) in new[] { ("server", xray.Server), ("exit", xray.Exit) })
            if (part is not null)
                yield return $"{role}: {part.Program} {part.Version ?? "(not installed)"} in container {part.Container}, {(part.Configured ? "configured" : "NOT configured")}, {(part.Running ? "running" : "NOT running")}, "
                    + string.Join(", ", part.Inbounds.Select(i => $"{i.Protocol} on {i.Port} ({i.Security})")) + (part.To is null ? "" : $", to exit {part.To}");
        foreach (var user in xray.Users) yield return $"{user.Name}: {(user.Active ? "may connect" : "waits")}{(user is { Up: { } up, Down: { } down } ? $", {up} bytes up, {down} down" : "")}";
        foreach (var why in new[] { xray.Server?.NoTraffic, xray.Exit?.NoTraffic }.OfType<string>()) yield return $"no counters: {why}";
        foreach (var finding in xray.Findings) yield return Words.Of(finding);
    }

    static string Again(string node, string name) => $"{Handing.Call("xray_user_links", new() { ["node"] = node, ["name"] = name })} gives a new link (scope admin); xray_remove_user and xray_add_user end the old share links.";

    static CallToolResult WithCodes(CallToolResult answer, IReadOnlyList<XrayLink>? links)
    {
        answer.Content = [.. answer.Content, .. (links ?? []).Select(l => QrImage.Of(l.Link))];
        return answer;
    }

    static IEnumerable<string> Lines(ShownXrayLinks user)
    {
        foreach (var line in user.Handover.Lines()) yield return line;
        foreach (var link in user.Links ?? []) yield return link.Link;
    }

    static IEnumerable<string> Lines(ShownXrayUser user)
    {
        foreach (var line in user.Handover.Lines()) yield return line;
        foreach (var link in user.Links ?? []) yield return link.Link;
        foreach (var finding in user.Findings ?? []) yield return Words.Of(finding);
    }

    static string Sentence(ShownXrayUser user) =>
        $"changed: true. {user.Name} {(user.Outcome == ChangeOutcome.Waits ? "is kept as wanted, and WAITS: may connect later" : "may connect")} to {user.Node}, generation {user.Generation}.{(user.Links is null ? "" : " The links are shown this once and let whoever has them in.")}";

    static IEnumerable<string> Sentences(ShownXray xray)
    {
        if (xray is { Server: null, Exit: null }) yield return $"{xray.Node} has no section xray.";
        if (xray.Server is not null) yield return $"{xray.Users.Count} of {xray.Total} users";
    }
}
