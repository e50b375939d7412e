using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Flows;
using MeshMcp.HostBridge.Network;
using MeshMcp.HostBridge.OpenVSwitch;

namespace MeshMcp.HostBridge.Systems.Openflow;

/// <summary>Others' flows that packets meet before one of ours: they decide first, whatever the state says. They are told, and left alone. Pure.</summary>
static class ForeignFlows
{
    const int MostShown = 3;
    static readonly string[] Addresses = ["nw_src", "nw_dst", "arp_spa", "arp_tpa"];

    static readonly Dictionary<string, (string Family, string? Protocol)> Protocols = new()
    {
        ["ip"] = ("ip", null), ["icmp"] = ("ip", "icmp"), ["tcp"] = ("ip", "tcp"), ["udp"] = ("ip", "udp"), ["sctp"] = ("ip", "sctp"),
        ["ipv6"] = ("ipv6", null), ["icmp6"] = ("ipv6", "icmp6"), ["tcp6"] = ("ipv6", "tcp"), ["udp6"] = ("ipv6", "udp"), ["sctp6"] = ("ipv6", "sctp"),
        ["arp"] = ("arp", null), ["rarp"] = ("rarp", null),
    };

    public static IEnumerable<Finding> On(BridgeTable bridge)
    {
        var ours = bridge.OnSwitch.Where(f => FlowCookie.IsOurs(f.Cookie)).Select(f => (f.Flow, Fields: FieldsOf(f.Flow))).ToList();
        var above = (from foreign in bridge.OnSwitch
                     where !FlowCookie.IsOurs(foreign.Cookie)
                     let fields = FieldsOf(foreign.Flow)
                     let covered = ours.Where(o => o.Flow.Key.Table == foreign.Flow.Key.Table && o.Flow.Key.Priority <= foreign.Flow.Key.Priority && Meet(fields, o.Fields)).Select(o => o.Flow).ToList()
                     where covered.Count > 0
                     orderby foreign.Flow.Key.Priority descending, foreign.Flow.Key.Match
                     select (foreign.Flow, Covered: covered)).ToList();
        if (above.Count == 0) yield break;
        var names = new PortNames(bridge.Ofports, bridge.Adapters);
        var shown = above.Take(MostShown).Select(a => $"{names.In(a.Flow.ToString())} (before {names.In(a.Covered[0].ToString())}{(a.Covered.Count == 1 ? "" : $" and {a.Covered.Count - 1} more")})");
        var key = above[0].Flow.Key;
        yield return new("warning", $"openflow.bridges.{bridge.Name}.flows",
            $"{(above.Count == 1 ? "A flow" : $"{above.Count} flows")} that somebody else put on {bridge.Name} {(above.Count == 1 ? "decides" : "decide")} before ours: {string.Join("; ", shown)}{(above.Count > MostShown ? "; …" : "")}. "
            + $"Others' flows are left alone; unless {(above.Count == 1 ? "it is" : "they are")} meant, on the node, as root: ovs-ofctl -O OpenFlow14 --strict del-flows {bridge.Name} table={key.Table},priority={key.Priority}{(key.Match.Length > 0 ? "," : "")}{key.Match}");
    }

    /// <summary>Whether a packet may fit both; what cannot be judged may.</summary>
    static bool Meet(IReadOnlyList<FlowField>? one, IReadOnlyList<FlowField>? other) =>
        one is null || other is null || !one.Any(a => other.Any(b => Apart(a, b)));

    static bool Apart(FlowField a, FlowField b)
    {
        if (a.Value is null && b.Value is null && Protocols.TryGetValue(a.Name, out var one) && Protocols.TryGetValue(b.Name, out var other))
            return one.Family != other.Family || (one.Protocol is not null && other.Protocol is not null && one.Protocol != other.Protocol);
        if (a.Name != b.Name || a.Value is null || b.Value is null || a.Value == b.Value) return false;
        if (Addresses.Contains(a.Name) && Networks.Read(a.Value) is { } here && Networks.Read(b.Value) is { } there) return !Networks.Overlap(here, there);
        return !a.Value.Contains('/', StringComparison.Ordinal) && !b.Value.Contains('/', StringComparison.Ordinal);
    }

    static IReadOnlyList<FlowField>? FieldsOf(CanonicalFlow flow)
    {
        try
        {
            return flow.Key.Match.Length == 0 ? [] : FlowText.ParsePattern(flow.Key.Match).Fields;
        }
        catch (MeshException)
        {
            return null;
        }
    }
}
