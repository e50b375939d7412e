using System.ComponentModel;
using System.Globalization;
using System.Runtime.CompilerServices;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.Trust;
using MeshMcp.Tools.Answers;
using MeshMcp.Tools.Calls;
using MeshMcp.Tools.Changes;
using MeshMcp.Tools.Nodes;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace MeshMcp.Tools.Tunnels;

sealed class TunnelTools(INodes nodes)
{
    const int MaxPeers = 100;

    [ModuleInitializer]
    internal static void Register() => Toolset.Register(new("tunnels", 60, nodes =>
    {
        var tools = new TunnelTools(nodes);
        return [tools.StatusAsync, tools.AddClientAsync, tools.RemoveClientAsync, tools.SetTunnelAsync];
    }));

    [McpServerTool(Name = "wg_status", Title = "WireGuard status", ReadOnly = true, Destructive = false, Idempotent = true, OpenWorld = false, UseStructuredContent = true, OutputSchemaType = typeof(ShownWireguard))]
    [Description("Shows a node's WireGuard tunnels and VPN clients: handshake age, endpoint, traffic, expiry and a verdict. Never a private key. Not for where packets go: use trace_packet.")]
    [RequiresScope(Scope.Read)]
    [Rest("GET", "tunnels")]
    public async Task<CallToolResult> StatusAsync(
        RequestContext<CallToolRequestParams> context,
        [Description(Arguments.Node)] string node,
        [Description("Only this device, e.g. warp0")] string? @interface = null,
        CancellationToken ct = default)
    {
        using var client = nodes.Get(node, context.Identity());
        var all = (await client.WireguardAsync(ct)).Interfaces;
        var found = all.Where(i => @interface is null || i.Name == @interface).ToList();
        if (@interface is not null && found.Count == 0)
            throw new MeshException(new MeshError(ErrorKind.NotFound, $"{node} has no WireGuard device {@interface}.", "interface", "Leave interface out to see all.", [new("interface", "No such device.", Nearest: Nearest.To(@interface, all.Select(i => i.Name)))]));
        var left = found.Sum(i => Math.Max(0, i.Peers.Count - MaxPeers));
        var shown = new ShownWireguard(node, all.Count, [.. found.Select(i => i with { Peers = [.. i.Peers.Take(MaxPeers)] })]) { PeersLeftOut = left == 0 ? null : left };
        return Answer.Of(shown, ToolJson.Default.ShownWireguard, Sentences(shown), Lines(shown));
    }

    [McpServerTool(Name = "wg_add_client", Title = "Add a VPN client", ReadOnly = false, Destructive = true, Idempotent = false, OpenWorld = false, UseStructuredContent = true, OutputSchemaType = typeof(ShownAccess))]
    [Description("Lets one device into a node's VPN, live at once; a one-time link for the user has its configuration and QR code. Not for containers, nor for nodes of the mesh.")]
    [RequiresScope(Scope.Operate)]
    [Rest("POST", "tunnels/clients")]
    public async Task<CallToolResult> AddClientAsync(
        RequestContext<CallToolRequestParams> context,
        [Description(Arguments.Node)] string node,
        [Description("Lower-case letters, digits, dashes, e.g. anna-phone")] string name,
        [Description("Until when, or for how long, e.g. 2027-01-31T18:00:00Z or 30d")] string? expires = null,
        [Description("Address in the pool, e.g. 10.8.0.7; else the lowest free one")] string? address = null,
        [Description("Its own public key, needed where the node makes none, e.g. bmXOC...")] string? publicKey = null,
        [Description("true: new keys for an existing client; its old ones end, e.g. false")] bool renew = false,
        [Description(Handing.Reveal)] bool reveal = false,
        [Description(Arguments.Why)] string? why = null,
        CancellationToken ct = default)
    {
        using var client = nodes.Get(node, context.Identity());
        var access = await client.AddVpnClientAsync(new() { Name = name, Expires = Expiry.Read(expires, "expires"), Address = address, PublicKey = publicKey, Renew = renew, Why = why }, ct, context.Way(reveal));
        var again = $"{Handing.Call("wg_add_client", new() { ["node"] = node, ["name"] = access.Name, ["publicKey"] = publicKey, ["renew"] = true })} ends its keys, and makes new ones and a new link.";
        var shown = new ShownAccess(node, access.Waits is null ? ChangeOutcome.Done : ChangeOutcome.Waits, access.Name, access.Address, access.PublicKey, reveal ? access.Configuration : null, access.Notes)
        {
            Handover = context.Shown(node, reveal, access, access.Handover, again),
            Expires = access.Expires,
            Waits = access.Waits is null ? null : [.. access.Waits.Select(f => $"{f.Path}: {f.Message}")],
            Generation = access.Generation?.Number,
        };
        if (access.Generation is { Status: GenerationStatus.AwaitingConfirmation, Confirmation: { } waiting } generation)
        {
            if (waiting.ByCaller) shown = shown with { Outcome = ChangeOutcome.Held, Confirm = $"confirm_change {{\"node\":\"{node}\",\"generation\":{generation.Number}}} within {waiting.Within} s, else it is undone" };
            else await new ServerConfirmation(nodes, context.Identity(), new(context)).KeepOrUndoAsync(client, generation, ct);
        }
        var answer = Answer.Of(shown, ToolJson.Default.ShownAccess, Sentences(shown), [.. shown.Handover.Lines(), .. (shown.Waits ?? []).Select(w => $"waits: {w}"), .. shown.Notes], keepLines: true);
        if (!reveal) return answer;
        // As a block of its own the text keeps its lines; the node wrote them, no stranger.
        return new() { StructuredContent = answer.StructuredContent, Content = [.. answer.Content, new TextContentBlock { Text = access.Configuration }, QrImage.Of(access.Configuration)] };
    }

    [McpServerTool(Name = "wg_remove_client", Title = "Remove a VPN client", ReadOnly = false, Destructive = true, Idempotent = false, OpenWorld = false, UseStructuredContent = true, OutputSchemaType = typeof(ChangeReport))]
    [Description("Shuts one device out of a node's VPN at once; its keys never work again, its address rests for a day. Not for a client that should end later: add it with expires.")]
    [RequiresScope(Scope.Operate)]
    [Rest("DELETE", "tunnels/clients/{name}")]
    public async Task<CallToolResult> RemoveClientAsync(
        RequestContext<CallToolRequestParams> context,
        [Description(Arguments.Node)] string node,
        [Description("Name from wg_status, e.g. anna-phone")] string name,
        [Description(Arguments.ConfirmWithin)] int? confirmWithin = null,
        [Description(Arguments.Why)] string? why = null,
        CancellationToken ct = default) =>
        (await new ChangeRun(nodes, context).EditAsync(node, new RemoveVpnClient(name), confirmWithin, why, ct)).ToAnswer();

    [McpServerTool(Name = "set_tunnel", Title = "Take a tunnel up or down", ReadOnly = false, Destructive = true, Idempotent = true, OpenWorld = false, UseStructuredContent = true, OutputSchemaType = typeof(ChangeReport))]
    [Description("Takes a node's exit tunnel (warp0) up or down. While it is down its containers reach nothing through it and leak nothing. Not for Netmaker or the VPN server.")]
    [RequiresScope(Scope.Operate)]
    [Rest("PUT", "tunnels/{interface}")]
    public async Task<CallToolResult> SetTunnelAsync(
        RequestContext<CallToolRequestParams> context,
        [Description(Arguments.Node)] string node,
        [Description("The tunnel's device, e.g. warp0")] string @interface,
        [Description("true: up, e.g. true")] bool enabled,
        [Description(Arguments.ConfirmWithin)] int? confirmWithin = null,
        [Description(Arguments.Why)] string? why = null,
        CancellationToken ct = default) =>
        (await new ChangeRun(nodes, context).EditAsync(node, new SetTunnel(@interface, enabled), confirmWithin, why, ct)).ToAnswer();

    static IEnumerable<string> Lines(ShownWireguard shown)
    {
        foreach (var i in shown.Interfaces)
        {
            yield return $"{i.Name} ({i.Role}): {i.Verdict}{(i.Address is null ? "" : $"; {i.Address}, UDP {i.ListenPort}, MTU {i.Mtu}")}";
            foreach (var p in i.Peers)
                yield return $"  {p.Name ?? p.PublicKey}: {p.Verdict}; {string.Join(", ", p.AllowedIps)}{(p.Endpoint is null ? "" : $" at {p.Endpoint}")}, {p.Received} B in, {p.Sent} B out{(p.Expires is { } e ? $", until {e:u}" : "")}";
        }
    }

    static IEnumerable<string> Sentences(ShownWireguard shown)
    {
        yield return shown.Total == 0 ? $"{shown.Node} has no WireGuard device, and none is wanted." : $"{shown.Interfaces.Count} of {Words.Count(shown.Total, "WireGuard device")} of {shown.Node}";
        if (shown.PeersLeftOut is { } left) yield return $"{left} more peers are left out.";
    }

    static IEnumerable<string> Sentences(ShownAccess shown)
    {
        yield return $"{shown.Name} {(shown.Outcome == ChangeOutcome.Waits ? "is kept as wanted, and WAITS: it may connect later" : "may connect")} to {shown.Node} as {shown.Address}{(shown.Expires is { } e ? $" until {e:u}" : "")}.{(shown.Configuration is null ? "" : " The configuration is shown this once.")}";
        if (shown.Confirm is { } confirm) yield return $"NOT KEPT YET: {confirm}.";
    }
}
