using System.ComponentModel;
using System.Runtime.CompilerServices;
using MeshMcp.Contracts.Joining;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.State;
using MeshMcp.Contracts.Trust;
using MeshMcp.Tools.Answers;
using MeshMcp.Tools.Calls;
using MeshMcp.Tools.Changes;
using MeshMcp.Tools.Nodes;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace MeshMcp.Tools.Setup;

/// <summary>What containers, states and the mesh are made of.</summary>
sealed class SetupTools(INodes nodes)
{
    [ModuleInitializer]
    internal static void Register() => Toolset.Register(new("setup", 150, nodes =>
    {
        var tools = new SetupTools(nodes);
        return [tools.TemplatesAsync, tools.SecretsAsync, tools.InviteAsync];
    }, OnRequest: "templates, names of secrets, invitations of nodes"));

    [McpServerTool(Name = "list_templates", Title = "List templates", ReadOnly = true, Destructive = false, Idempotent = true, OpenWorld = false, UseStructuredContent = true, OutputSchemaType = typeof(ShownTemplates))]
    [Description("Lists what containers of a node can be made from. Not for containers: use list_containers.")]
    [RequiresScope(Scope.Read)]
    [Rest("GET", "templates")]
    public async Task<CallToolResult> TemplatesAsync(RequestContext<CallToolRequestParams> context, [Description(Arguments.Node)] string node, [Description(Arguments.Cursor)] int cursor = 0, CancellationToken ct = default)
    {
        Arguments.Within(cursor, 0, int.MaxValue, "cursor");
        using var client = nodes.Get(node, context.Identity());
        var all = (await client.TemplatesAsync(ct)).Templates;
        var page = context.PageOf(all, cursor, int.MaxValue, Line);
        var shown = new ShownTemplates(node, all.Count, page.Rows, page.Next);
        return Answer.Of(shown, ToolJson.Default.ShownTemplates,
        [
            $"{shown.Templates.Count} of {Words.Count(shown.Total, "template")} on {node}", .. page.Sentences(),
            .. shown.Total == 0 ? new[] { "On the node, as root: meshctl template build busybox NAME, or meshctl template download NAME DISTRIBUTION/RELEASE" } : [],
        ], shown.Templates.Select(Line));
    }

    [McpServerTool(Name = "list_secrets", Title = "List secrets", ReadOnly = true, Destructive = false, Idempotent = true, OpenWorld = false, UseStructuredContent = true, OutputSchemaType = typeof(ShownSecrets))]
    [Description("Lists names and kinds of a node's secrets, which states name as secret:NAME. Not for their content, which nothing shows.")]
    [RequiresScope(Scope.Read)]
    [Rest("GET", "secrets")]
    public async Task<CallToolResult> SecretsAsync(RequestContext<CallToolRequestParams> context, [Description(Arguments.Node)] string node, [Description(Arguments.Cursor)] int cursor = 0, CancellationToken ct = default)
    {
        Arguments.Within(cursor, 0, int.MaxValue, "cursor");
        using var client = nodes.Get(node, context.Identity());
        var all = (await client.SecretsAsync(ct)).Secrets.Select(s => new ShownSecret(s.Name, s.Kind is { } kind ? SecretKinds.WordOf(kind) : null, s.At)).ToList();
        var page = context.PageOf(all, cursor, int.MaxValue, Line);
        var shown = new ShownSecrets(node, all.Count, page.Rows, page.Next);
        return Answer.Of(shown, ToolJson.Default.ShownSecrets,
            [$"{shown.Secrets.Count} of {Words.Count(shown.Total, "secret")} on {node}. On the node, as root: meshctl secret set NAME --kind KIND stores one.", .. page.Sentences()], shown.Secrets.Select(Line));
    }

    [McpServerTool(Name = "invite_node", Title = "Invite a node", ReadOnly = false, Destructive = false, Idempotent = false, OpenWorld = false, UseStructuredContent = true, OutputSchemaType = typeof(ShownInvitation))]
    [Description("Lets one machine join the mesh, once; a one-time link for the user has the invitation. Ask the node that holds the mesh's authority. Not for VPN clients: use wg_add_client.")]
    [RequiresScope(Scope.Admin)]
    [Rest("POST", "invites")]
    public async Task<CallToolResult> InviteAsync(
        RequestContext<CallToolRequestParams> context,
        [Description(Arguments.Node)] string node,
        [Description("What the new node is called, e.g. edge1")] string name,
        [Description("Until when, or for how long, at most 7 days, e.g. 1d; else an hour")] string? expires = null,
        [Description("Where it asks, e.g. https://203.0.113.10:9573/enroll")] string? url = null,
        [Description("Also for a name in use: that node is set up anew, e.g. false")] bool again = false,
        [Description(Handing.Reveal)] bool reveal = false,
        CancellationToken ct = default)
    {
        var end = Expiry.Read(expires, "expires");
        var seconds = end is { } at ? (int)Math.Clamp(Math.Round((at - TimeProvider.System.GetUtcNow()).TotalSeconds), 0, int.MaxValue) : InviteRequest.Hour;
        using var client = nodes.Get(node, context.Identity());
        var invited = await client.InviteAsync(new(name, seconds, url, Again: again), ct, context.Way(reveal));
        var anew = $"{Handing.Call("invite_node", new() { ["node"] = node, ["name"] = name, ["url"] = url, ["again"] = again ? true : null })} makes another invitation; this one stays good until it is used or over.";
        var shown = new ShownInvitation(node, invited.Node, invited.Expires, reveal ? invited.Text : null) { Handover = context.Shown(node, reveal, invited, invited.Handover, anew) };
        return Answer.Of(shown, ToolJson.Default.ShownInvitation, [$"{shown.Name} may join until {shown.Expires:u}, once: on the new machine, as root: meshctl node join INVITATION"],
            [.. shown.Handover.Lines(), .. reveal ? new[] { $"invitation: {shown.Invitation}" } : []]);
    }

    static string Line(Template template) => $"{template.Name}: {template.Kind}, {template.At:u}";

    static string Line(ShownSecret secret) => $"{secret.Name}: {(secret.Kind is null ? "" : $"kind {secret.Kind}, ")}{secret.At:u}";
}
