using System.ComponentModel;
using System.Runtime.CompilerServices;
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

sealed class NetmakerTools(INodes nodes)
{
    const int MaxPeers = 100, MaxPage = 200;

    const string AnotherKey = "To try again, make a new key with create_enrollment_key.";

    [ModuleInitializer]
    internal static void Register()
    {
        Toolset.Register(new("tunnels", 70, nodes =>
        {
            var tools = new NetmakerTools(nodes);
            return [tools.StatusAsync, tools.JoinAsync, tools.LeaveAsync];
        }));
        Toolset.Register(new("netmaker", 110, nodes =>
        {
            var tools = new NetmakerTools(nodes);
            return [tools.HostsAsync, tools.CreateKeyAsync];
        }, OnRequest: "hosts and keys of the Netmaker server"));
    }

    [McpServerTool(Name = "netmaker_status", Title = "Netmaker status", ReadOnly = true, Destructive = false, Idempotent = true, OpenWorld = false, UseStructuredContent = true, OutputSchemaType = typeof(ShownNetmaker))]
    [Description("Shows a node's part in its Netmaker network: address, server, peers with handshake age, networks behind it, and what is missing. Not for all hosts of the server: use netmaker_hosts.")]
    [RequiresScope(Scope.Read)]
    [Rest("GET", "mesh")]
    public async Task<CallToolResult> StatusAsync(RequestContext<CallToolRequestParams> context, [Description(Arguments.Node)] string node, CancellationToken ct)
    {
        using var client = nodes.Get(node, context.Identity());
        var s = await client.NetmakerAsync(ct);
        var shown = new ShownNetmaker(node, s.Verdict, s.Mode?.ToString().ToLowerInvariant(), s.Network, s.Interface, s.Address, s.Server, s.ServerAnswers, s.Egress, s.Peers.Count, [.. s.Peers.Take(MaxPeers)]);
        return Answer.Of(shown, ToolJson.Default.ShownNetmaker, Sentences(shown), Lines(shown));
    }

    [McpServerTool(Name = "netmaker_join", Title = "Join a Netmaker network", ReadOnly = false, Destructive = true, Idempotent = false, OpenWorld = false, UseStructuredContent = true, OutputSchemaType = typeof(ChangeReport))]
    [Description("Makes a node a member of a Netmaker network. Spends a use of the enrollment key, which nothing brings back. Not for people's devices: use wg_add_client.")]
    [RequiresScope(Scope.Admin)]
    [Rest("POST", "mesh/networks")]
    public async Task<CallToolResult> JoinAsync(
        RequestContext<CallToolRequestParams> context,
        [Description(Arguments.Node)] string node,
        [Description("The link, or the token, from create_enrollment_key; kept as a secret of the node, e.g. eyJzZXJ2ZXIiOi…")] string key,
        [Description("Where the state names none, e.g. privacy-mesh")] string? network = null,
        [Description("The device to be made, where the state names none, e.g. nm-privacy")] string? @interface = null,
        [Description(Arguments.ConfirmWithin)] int? confirmWithin = null,
        [Description(Approval.ArgumentDescription)] string? approve = null,
        [Description(Arguments.Why)] string? why = null,
        CancellationToken ct = default)
    {
        using var client = nodes.Get(node, context.Identity());
        var join = new NetmakerJoin(key, network, @interface);
        var link = Handing.Read(key);
        // A link names a node too, which is then asked.
        if (link is { } there) context.Call().MustReach(there.Node, "key");
        var desired = (await client.StateAsync("desired", ct)).State;
        var section = link is null ? join.SectionOn(desired) : join.PlaceOn(desired);
        await client.RequireNoMemberAsync(section, ct);
        // The key is left where it is: nothing is spent, and no link opened.
        if (DryRun.IsAsked(context)) return (await new ChangeRun(nodes, context).EditAsync(node, new JoinNetmaker(section), confirmWithin, why, ct)).ToAnswer();
        await Approval.RequireAsync(context, node, $"join Netmaker network {section.Network}, which spends a use of the enrollment key", Approval.DigestOf(node, section.Network, section.Interface, key), ct);
        if (link is not { } waiting) return await JoinedAsync(join);
        // It opens once, so not before it is needed; the key goes from node to node.
        var opened = await OpenAsync(waiting, context.Identity(), ct);
        try
        {
            return await JoinedAsync(join with { Key = opened });
        }
        catch (MeshException e)
        {
            throw new ChangeException(e.Error with { Message = $"{e.Error.Message} The link is spent.", Hint = $"{e.Error.Hint} {AnotherKey}".Trim() }, ChangeException.OutcomeOf(e), e) { IsOfNode = e.IsOfNode };
        }

        async Task<CallToolResult> JoinedAsync(NetmakerJoin whole) =>
            (await new ChangeRun(nodes, context).EditAsync(node, await client.PrepareJoinAsync(whole, ct), confirmWithin, why, ct)).ToAnswer();
    }

    [McpServerTool(Name = "netmaker_leave", Title = "Leave a Netmaker network", ReadOnly = false, Destructive = true, Idempotent = true, OpenWorld = false, UseStructuredContent = true, OutputSchemaType = typeof(ChangeReport))]
    [Description("Takes a node out of its Netmaker network; undone if that cuts the way to the node. Coming back needs a new key. Not to restart a tunnel.")]
    [RequiresScope(Scope.Operate)]
    [Rest("DELETE", "mesh/networks/{network}")]
    public async Task<CallToolResult> LeaveAsync(
        RequestContext<CallToolRequestParams> context,
        [Description(Arguments.Node)] string node,
        [Description("From netmaker_status, e.g. privacy-mesh")] string network,
        [Description(Arguments.ConfirmWithin)] int? confirmWithin = null,
        [Description(Arguments.Why)] string? why = null,
        CancellationToken ct = default) =>
        (await new ChangeRun(nodes, context).EditAsync(node, new LeaveNetmaker(network), confirmWithin, why, ct)).ToAnswer();

    [McpServerTool(Name = "netmaker_hosts", Title = "Netmaker hosts", ReadOnly = true, Destructive = false, Idempotent = true, OpenWorld = false, UseStructuredContent = true, OutputSchemaType = typeof(ShownHosts))]
    [Description("Lists the hosts that a Netmaker server knows: addresses, networks behind them, endpoint, status. Ask the server's node. Not for handshakes: use netmaker_status.")]
    [RequiresScope(Scope.Read)]
    [Rest("GET", "mesh/hosts")]
    public async Task<CallToolResult> HostsAsync(
        RequestContext<CallToolRequestParams> context,
        [Description(Arguments.Node)] string node,
        [Description("Most hosts to return (1-200), e.g. 50")] int limit = 50,
        [Description(Arguments.Cursor)] int cursor = 0,
        CancellationToken ct = default)
    {
        Arguments.Within(limit, 1, MaxPage, "limit");
        Arguments.Within(cursor, 0, int.MaxValue, "cursor");
        using var client = nodes.Get(node, context.Identity());
        var all = (await client.NetmakerHostsAsync(ct)).Hosts;
        var shown = new ShownHosts(node, all.Count, [.. all.Skip(cursor).Take(limit)], cursor + limit < all.Count ? cursor + limit : null);
        return Answer.Of(shown, ToolJson.Default.ShownHosts, Sentences(shown), Lines(shown));
    }

    [McpServerTool(Name = "create_enrollment_key", Title = "Create an enrollment key", ReadOnly = false, Destructive = false, Idempotent = false, OpenWorld = false, UseStructuredContent = true, OutputSchemaType = typeof(ShownKey))]
    [Description("Makes a key that lets hosts into a Netmaker network; a one-time link for the user has it. Ask the server's node. Exactly one of uses, expires, unlimited; without any, one use. Not for VPN clients: use wg_add_client.")]
    [RequiresScope(Scope.Admin)]
    [Rest("POST", "mesh/keys")]
    public async Task<CallToolResult> CreateKeyAsync(
        RequestContext<CallToolRequestParams> context,
        [Description(Arguments.Node)] string node,
        [Description("3 to 32 characters, unlike any other key's, e.g. oo1424oo-key")] string name,
        [Description("The node's own unless given, e.g. privacy-mesh")] string? network = null,
        [Description("How many hosts may join with it, e.g. 1")] int? uses = null,
        [Description("Until when it is good, e.g. 2027-01-31T18:00:00Z")] string? expires = null,
        [Description("true: it never ends, e.g. false")] bool unlimited = false,
        [Description(Handing.Reveal)] bool reveal = false,
        CancellationToken ct = default)
    {
        var end = Expiry.Read(expires, "expires");
        using var client = nodes.Get(node, context.Identity());
        var made = await client.CreateEnrollmentKeyAsync(new(name, network, uses ?? (end is null && !unlimited ? 1 : null), end, unlimited), ct, context.Way(reveal));
        var again = $"{Handing.Call("create_enrollment_key", new() { ["node"] = node, ["name"] = "ANOTHER", ["network"] = made.Network })} with the same bounds makes another key under another name; {made.Name} stays good as long as it was made for.";
        var shown = new ShownKey(node, made.Name, made.Network, reveal ? made.Token : null, made.Uses, made.Expires, made.Unlimited) { Handover = context.Shown(node, reveal, made, made.Handover, again) };
        var counts = made switch { { Uses: { } n } => $"{n} use{(n == 1 ? "" : "s")}", { Expires: { } until } => $"good until {until:u}", _ => "unlimited" };
        return reveal
            ? Answer.Of(shown, ToolJson.Default.ShownKey, [$"Key {made.Name} for {made.Network} ({counts}), shown this once. Give it to netmaker_join of the node that is to join."], [$"token: {made.Token}"])
            : Answer.Of(shown, ToolJson.Default.ShownKey, [$"Key {made.Name} for {made.Network} ({counts}) is made.{(shown.Handover?.Link is null ? "" : " Give the link to netmaker_join as its key, or to a person.")}"], shown.Handover.Lines());
    }

    async Task<string> OpenAsync((string Node, string Token) link, CallerIdentity caller, CancellationToken ct)
    {
        using var holder = nodes.Get(link.Node, caller);
        try
        {
            return (await holder.OpenHandoverAsync(link.Token, HandedKind.EnrollmentKey, ct)).Texts[0].Text;
        }
        catch (MeshException e) when (!e.IsOfNode)
        {
            // It may have been given, and lost on the way.
            throw new MeshException(e.Error with { Message = $"{e.Error.Message} The link may be spent.", Hint = $"{e.Error.Hint} {AnotherKey}".Trim() }, e);
        }
    }

    static IEnumerable<string> Lines(ShownNetmaker shown)
    {
        if (shown.Mode is null) yield break;
        yield return $"{shown.Mode} of {shown.Network}, device {shown.Interface}{(shown.Address is null ? "" : $", address {shown.Address}")}{(shown.Server is null ? "" : $"; server {shown.Server} {(shown.ServerAnswers == true ? "answers" : "does not answer")}")}";
        foreach (var egress in shown.Egress) yield return $"behind it: {egress.Range}{(egress.Registered ? "" : " (the others do not know yet)")}";
        foreach (var peer in shown.Peers)
            yield return $"peer {peer.Name ?? peer.PublicKey}: {peer.Address ?? "no address"}{(peer.Egress.Count == 0 ? "" : $", behind it {string.Join(", ", peer.Egress)}")}, {(peer.HandshakeAge is { } age ? $"handshake {age} s ago" : "never heard")}{(peer.Endpoint is null ? "" : $" at {peer.Endpoint}")}";
    }

    static IEnumerable<string> Sentences(ShownNetmaker shown)
    {
        yield return $"{shown.Node}: {shown.Verdict}";
        if (shown.PeersTotal > shown.Peers.Count) yield return $"… {shown.Peers.Count} of {shown.PeersTotal} peers";
    }

    static IEnumerable<string> Sentences(ShownHosts shown)
    {
        yield return $"{shown.Hosts.Count} of {shown.Total} hosts";
        if (shown.NextCursor is { } next) yield return $"More with cursor {next}.";
    }

    static IEnumerable<string> Lines(ShownHosts shown)
    {
        foreach (var host in shown.Hosts)
            yield return $"{host.Name} ({host.Status}): {(host.Addresses.Count == 0 ? "in no network" : string.Join(", ", host.Addresses.Select(a => $"{a.Value} in {a.Key}")))}{(host.Egress.Count == 0 ? "" : $", behind it {string.Join(", ", host.Egress)}")}, at {host.Endpoint}:{host.Port}";
    }
}
