using System.Text;
using System.Text.RegularExpressions;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.State;

namespace MeshMcp.HostBridge.Systems.Uplink;

/// <summary>Renders our table for <c>nft -f</c>. Pure: the same state on the same uplink gives the same text.</summary>
sealed partial class TableText
{
    /// <summary>Comments of rules whose packets are counted.</summary>
    public const string KillSwitch = "kill switch";

    /// <summary>Before other people's chains at the usual places, so that what they decide comes later.</summary>
    const string BeforeDestination = "-105", BeforeFilter = "-10", BeforeSource = "95";

    readonly StringBuilder _text = new();

    TableText()
    {
    }

    /// <param name="device">The uplink; null while it is unknown.</param>
    /// <param name="addresses">Of the uplink.</param>
    /// <exception cref="MeshException">InvalidArgument: a name or an address in it is none. The state's own rules have refused it before; root's program reads this text, so it is not their word alone that is taken.</exception>
    public static string Of(UplinkTable table, string? device, IReadOnlyList<string> addresses)
    {
        IEnumerable<string?> words =
        [
            device, table.Bridge, table.Network, .. addresses, .. table.Masquerade ?? [], .. table.Adapters.SelectMany(a => new[] { a.Tunnel, a.Port }),
            .. table.Publish.SelectMany(p => p.Sources.Concat([p.Protocol, p.Address])),
        ];
        if (words.FirstOrDefault(w => w is not null && !Word().IsMatch(w)) is { } odd)
            throw new MeshException(ErrorKind.InvalidArgument, $"\"{odd}\" is no name and no address, so no rule is written with it.", "uplink", "Correct it in the state; where it is a device of the node, rename that.");
        var text = new TableText();
        text.Untracked(table);
        text.Prohibited(table);
        text.Forward(table, device);
        if (addresses.Count > 0 && table.Publish.Count > 0)
        {
            text.Published(table, addresses);
            text.Redirects(table);
        }
        text.Outbound(table, device);
        return text._text.ToString();
    }

    public static string CommentOf(PublishedPort port) => $"{port.Protocol}/{port.Port}";

    /// <summary>Clients' packets cross the node twice, from the tunnel to the bridge and from the bridge to their exit: tracked once already, they would leave untranslated.</summary>
    void Untracked(UplinkTable table)
    {
        var clients = table.Adapters.Where(a => a.Clients is not null).ToList();
        if (clients.Count == 0) return;
        Chain("untracked", "filter", "prerouting", "raw", [$"iifname {Set(clients.SelectMany<BridgeAdapter, string>(a => [a.Tunnel, a.Port]))} fib daddr type != local notrack"]);
    }

    /// <summary>
    /// No tunnel carries IPv6 yet, so clients that try it are told at once, before the kernel asks itself whether it forwards IPv6 at all; containers too,
    /// where the node has a route to their address by the bridge. Only by the way they came: an answer to a sender that is somebody else's would take
    /// the packet out by the uplink. Without a way back it is dropped on forwarding.
    /// </summary>
    void Prohibited(UplinkTable table)
    {
        if (table.Adapters.Count == 0) return;
        string[] devices = [.. table.Adapters.Where(a => a.Clients is not null).Select(a => a.Tunnel), .. table.Bridge is { } bridge ? [bridge] : Array.Empty<string>()];
        if (devices.Length > 0)
            Chain("prohibited", "filter", "prerouting", "raw", [$"iifname {Set(devices)} meta nfproto ipv6 fib daddr type != {{ local, anycast, multicast }} fib saddr . iif oif exists counter reject with icmpv6 type admin-prohibited"]);
    }

    void Forward(UplinkTable table, string? device)
    {
        var rules = new List<string>();
        // Whatever becomes of the policy routes, what is meant for a tunnel leaves by it or not at all.
        foreach (var adapter in table.Adapters)
        {
            rules.Add($"iifname \"{adapter.Port}\" oifname != \"{adapter.Tunnel}\" counter drop comment \"{KillSwitch}\"");
            rules.Add($"iifname \"{adapter.Tunnel}\" oifname != \"{adapter.Port}\" counter drop comment \"{KillSwitch}\"");
        }
        // Who leaves by a tunnel, or may not leave, would leave by the uplink with whatever IPv6 address a container gave itself.
        if (table is { Bridge: { } containers } && (table.Adapters.Count > 0 || table is { Managed: true, Masquerade: not null }))
            rules.Add($"iifname \"{containers}\" meta nfproto ipv6 counter drop comment \"{KillSwitch}\"");
        // What tracking cannot place is not translated either, and would show a container's own address outside.
        rules.AddRange(table.Adapters.Where(a => a.Masquerade).Select(a => $"iifname \"{a.Port}\" oifname \"{a.Tunnel}\" ct state invalid drop"));
        if (device is not null && table is { Managed: true, Bridge: { } bridge })
        {
            rules.Add($"iifname \"{bridge}\" oifname \"{device}\" ct state invalid drop");
            if (table.Masquerade is { } allowed)
                rules.Add($"iifname \"{bridge}\" oifname \"{device}\" ct state new {(allowed.Count == 0 ? "" : $"ip saddr != {Addresses(allowed)} ")}drop");
        }
        if (table.Adapters.Count > 0)
            rules.Add($"oifname {Set(table.Adapters.SelectMany<BridgeAdapter, string>(a => [a.Tunnel, a.Port]))} tcp flags syn tcp option maxseg size set rt mtu");
        if (rules.Count > 0) Chain("forward", "filter", "forward", BeforeFilter, rules);
    }

    /// <summary>From outside, from containers, and from the node itself.</summary>
    void Published(UplinkTable table, IReadOnlyList<string> addresses)
    {
        _text.Append("\tset here {\n\t\ttype ipv4_addr\n\t\telements = ").Append(Addresses(addresses)).Append("\n\t}\n");
        Chain("published", "nat", "prerouting", BeforeDestination, [.. table.Publish.Select(p => Translate(p, p.Sources))]);
        Chain("own", "nat", "output", BeforeDestination, [.. table.Publish.Select(p => Translate(p, []))]);
    }

    static string Translate(PublishedPort port, IReadOnlyList<string> sources) =>
        $"ip daddr @here {(sources.Count == 0 ? "" : $"ip saddr {Addresses(sources)} ")}{port.Protocol} dport {port.Port} counter dnat ip to {port.Address}:{port.ContainerPort ?? port.Port} comment \"{CommentOf(port)}\"";

    /// <summary>A container that reaches another by the node's address must not be told the short way: the answer would come from a stranger.</summary>
    void Redirects(UplinkTable table)
    {
        if (table.Bridge is { } bridge) Chain("redirects", "filter", "output", "filter", [$"oifname \"{bridge}\" icmp type redirect drop"]);
    }

    void Outbound(UplinkTable table, string? device)
    {
        var rules = new List<string>();
        var masked = table.Adapters.Where(a => a.Masquerade).Select(a => a.Tunnel).ToList();
        if (masked.Count > 0) rules.Add($"oifname {Set(masked)} masquerade");
        if (table is { Network: { } network, Bridge: { } bridge })
        {
            if (table.Publish.Count > 0) rules.Add($"ip saddr {network} ip daddr {network} oifname \"{bridge}\" ct status dnat masquerade");
            if (device is not null && table is { Managed: true, Masquerade: null or { Count: > 0 } })
                rules.Add($"ip saddr {(table.Masquerade is { } allowed ? Addresses(allowed) : network)} oifname \"{device}\" masquerade");
        }
        if (rules.Count > 0) Chain("outbound", "nat", "postrouting", BeforeSource, rules);
    }

    void Chain(string name, string type, string hook, string priority, IEnumerable<string> rules)
    {
        _text.Append($"\tchain {name} {{\n\t\ttype {type} hook {hook} priority {priority}; policy accept;\n");
        foreach (var rule in rules) _text.Append($"\t\t{rule}\n");
        _text.Append("\t}\n");
    }

    static string Set(IEnumerable<string> devices) => $"{{ {string.Join(", ", devices.Select(d => $"\"{d}\""))} }}";

    static string Addresses(IReadOnlyList<string> addresses) => $"{{ {string.Join(", ", addresses)} }}";

    [GeneratedRegex(@"\A[A-Za-z0-9_.:/@+-]+\z")]
    private static partial Regex Word();
}
