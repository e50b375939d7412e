using static MeshMcp.Contracts.Flows.FieldValues;

namespace MeshMcp.Contracts.Flows;

/// <summary>A field that flows may match on or set. <see cref="All"/> is the one list of what is accepted, in the order in which fields are printed.</summary>
/// <param name="Name">The name that Open vSwitch prints.</param>
/// <param name="Read">Its kind of value.</param>
/// <param name="Requires">What the rest of the match must say.</param>
/// <param name="SetAs">Its name in <c>set_field</c>; null when it cannot be set.</param>
/// <param name="Aliases">Other names with the same meaning.</param>
sealed record MatchField(string Name, Func<string, Reading> Read, Requirement? Requires = null, string? SetAs = null, params string[] Aliases)
{
    /// <summary>The field it is printed as in a match, when that is another one (<c>tcp_dst</c> is printed as <c>tp_dst</c>).</summary>
    public string? PrintedAs { get; init; }

    public static readonly IReadOnlyList<MatchField> All =
    [
        new("in_port", InPort),
        new("dl_vlan", VlanId),
        new("dl_vlan_pcp", Number(7), null, "vlan_pcp", "vlan_pcp"),
        new("vlan_tci", VlanTci),
        new("dl_src", Mac, null, "eth_src", "eth_src"),
        new("dl_dst", Mac, null, "eth_dst", "eth_dst"),
        new("dl_type", EtherType, null, null, "eth_type"),
        new("nw_src", Ipv4, Requirement.Ipv4, "ip_src", "ip_src"),
        new("nw_dst", Ipv4, Requirement.Ipv4, "ip_dst", "ip_dst"),
        new("ipv6_src", Ipv6, Requirement.Ipv6, "ipv6_src"),
        new("ipv6_dst", Ipv6, Requirement.Ipv6, "ipv6_dst"),
        new("nw_proto", Number(255), Requirement.AnyIp, null, "ip_proto"),
        new("nw_tos", Tos, Requirement.AnyIp, "nw_tos"),
        new("nw_ttl", Number(255), Requirement.AnyIp, "nw_ttl"),
        new("nw_frag", Fragment, Requirement.AnyIp, null, "ip_frag"),
        new("tp_src", Number(65535, maskable: true), Requirement.Transport),
        new("tcp_src", Number(65535, maskable: true), Requirement.Tcp, "tcp_src") { PrintedAs = "tp_src" },
        new("udp_src", Number(65535, maskable: true), Requirement.Udp, "udp_src") { PrintedAs = "tp_src" },
        new("sctp_src", Number(65535, maskable: true), Requirement.Sctp, "sctp_src") { PrintedAs = "tp_src" },
        new("tp_dst", Number(65535, maskable: true), Requirement.Transport),
        new("tcp_dst", Number(65535, maskable: true), Requirement.Tcp, "tcp_dst") { PrintedAs = "tp_dst" },
        new("udp_dst", Number(65535, maskable: true), Requirement.Udp, "udp_dst") { PrintedAs = "tp_dst" },
        new("sctp_dst", Number(65535, maskable: true), Requirement.Sctp, "sctp_dst") { PrintedAs = "tp_dst" },
        new("tcp_flags", TcpFlags, Requirement.Tcp),
        new("icmp_type", Number(255), Requirement.Icmp, null, "icmpv6_type"),
        new("icmp_code", Number(255), Requirement.Icmp, null, "icmpv6_code"),
        new("arp_op", Number(255), Requirement.Arp, "arp_op"),
        new("arp_spa", Ipv4, Requirement.Arp, "arp_spa"),
        new("arp_tpa", Ipv4, Requirement.Arp, "arp_tpa"),
        new("arp_sha", Mac, Requirement.Arp, "arp_sha"),
        new("arp_tha", Mac, Requirement.Arp, "arp_tha"),
        new("ct_state", ConnectionState),
        new("ct_zone", Number(65535)),
        new("ct_mark", Hex(uint.MaxValue), null, "ct_mark"),
        new("metadata", Hex(ulong.MaxValue), null, "metadata"),
        .. Enumerable.Range(0, 16).Select(i => new MatchField($"reg{i}", Hex(uint.MaxValue), null, $"reg{i}")),
    ];

    static readonly Dictionary<string, MatchField> ByName =
        All.SelectMany(f => f.Aliases.Append(f.Name).Select(name => (name, f))).ToDictionary(p => p.name, p => p.f);

    static readonly Dictionary<string, int> Order = All.Select((f, i) => (f.Name, i)).ToDictionary(p => p.Name, p => p.i);

    /// <summary>Every name that may stand in a match.</summary>
    public static IEnumerable<string> Names => ByName.Keys.Concat(Protocol.All.Select(p => p.Name));

    /// <summary>Every name that <c>set_field</c> takes.</summary>
    public static IEnumerable<string> SettableNames => All.Where(f => f.SetAs is not null).Select(f => f.SetAs!);

    public static MatchField? Find(string name) => ByName.GetValueOrDefault(name);

    /// <summary>Where a printed field stands.</summary>
    public static int OrderOf(string printed) => Order[printed];
}
