using System.Net;
using MeshMcp.Contracts.Flows;
using MeshMcp.HostBridge.Network;

namespace MeshMcp.HostBridge.Engine;

/// <summary>How many packets of a class a flow catches.</summary>
enum Catch { None, Some, All }

/// <summary>A flow's match against classes of packets. What it cannot judge catches some: the price is one confirmation.</summary>
/// <param name="bridge">The bridge's own address with its prefix length.</param>
/// <param name="serving">Addresses of containers that are a way in.</param>
/// <param name="mesh">Networks behind the mesh's tunnel.</param>
sealed class FlowMatch(string? bridge, IReadOnlyList<string> serving, IReadOnlyList<IPNetwork> mesh)
{
    const int FirstClientPort = 1024;

    /// <param name="anyPort">A flow of the table gives packets another port to come from.</param>
    /// <param name="fields">Null: not to be read.</param>
    public Catch Of(IReadOnlyList<FlowField>? fields, PacketClass packets, bool anyPort)
    {
        if (fields is null) return Catch.Some;
        var caught = Catch.All;
        foreach (var field in fields)
        {
            var one = Field(field, packets, fields, anyPort);
            if (one == Catch.None) return Catch.None;
            if (one == Catch.Some) caught = Catch.Some;
        }
        return caught;
    }

    Catch Field(FlowField field, PacketClass packets, IReadOnlyList<FlowField> all, bool anyPort) => (field.Name, field.Value) switch
    {
        ("ip", null) => Only(!packets.Arp),
        ("tcp", null) => Only(!packets.Arp),
        ("arp", null) => Only(packets.Arp),
        (_, null) => Catch.None,
        ("dl_type", var type) => Only(type == (packets.Arp ? "0x0806" : "0x0800")),
        ("nw_proto", var protocol) => packets.Arp ? Catch.Some : Only(protocol == "6"),
        ("in_port", var port) => port == (packets.From == PacketClass.Local ? FlowPort.Local : $"{packets.From}") ? Catch.All : anyPort ? Catch.Some : Catch.None,
        ("nw_src" or "arp_spa", var text) => Address(text!, packets.Source, packets),
        ("nw_dst" or "arp_tpa", var text) => Address(text!, packets.Destination, packets),
        ("tp_src", var text) => Port(text!, packets.SourcePort, packets.DestinationPort, all, "tp_dst"),
        ("tp_dst", var text) => Port(text!, packets.DestinationPort, packets.SourcePort, all, "tp_src"),
        // Nothing that containers, tunnels and the node itself send has a tag.
        ("vlan_tci", "0x0000/0x1fff") or ("dl_vlan", "0xffff") => Catch.All,
        ("dl_vlan", _) => Catch.None,
        _ => Catch.Some,
    };

    static Catch Only(bool all) => all ? Catch.All : Catch.None;

    /// <param name="own">Null: anybody's.</param>
    Catch Address(string text, string? own, PacketClass packets)
    {
        if (Networks.Read(text) is not { } range) return Catch.Some;
        if (own is not null) return Only(range.Contains(IPAddress.Parse(own)));
        if (bridge is not null && serving.Append(bridge.Split('/')[0]).Any(a => range.Contains(IPAddress.Parse(a)))) return Catch.Some;
        // Of the bridge's network the others are nobody's on these ways; of the rest of the world one address is not the way in, but a node of the mesh is one.
        if (bridge is not null && Networks.Of(bridge) is var network && range.PrefixLength >= network.PrefixLength && network.Contains(range.BaseAddress)) return Catch.None;
        if (packets.AmongMembers && mesh.Count > 0 && !mesh.Any(m => Networks.Overlap(m, range))) return Catch.None;
        return range.PrefixLength == 32 && !mesh.Any(m => m.Contains(range.BaseAddress)) ? Catch.None : Catch.Some;
    }

    /// <summary>One end is a well-known port of ours. The other one its client chooses anew for each connection, so that a flow about one such port alone is about somebody else's server.</summary>
    static Catch Port(string text, int? own, int? other, IReadOnlyList<FlowField> all, string otherName)
    {
        var (value, mask) = text.Split('/') is [var v, var m] ? (v, m) : (text, null);
        if (own is { } port) return mask is null ? Only(value == $"{port}") : TryHex(value, out var bits) && TryHex(mask, out var wanted) ? Only((port & wanted) == bits) : Catch.Some;
        if (mask is not null || !int.TryParse(value, out var chosen)) return Catch.Some;
        return chosen >= FirstClientPort && all.Any(f => f.Name == otherName && f.Value == $"{other}") ? Catch.Some : Catch.None;
    }

    static bool TryHex(string text, out int number) => text.StartsWith("0x", StringComparison.Ordinal)
        ? int.TryParse(text.AsSpan(2), System.Globalization.NumberStyles.AllowHexSpecifier, null, out number) : int.TryParse(text, out number);
}
