namespace MeshMcp.Contracts.Flows;

/// <summary>The protocols that flows name in one word.</summary>
sealed record Protocol(string Name, int EtherType, int? IpProtocol = null)
{
    public const int Ipv4 = 0x0800, Ipv6 = 0x86dd, Arp = 0x0806, Rarp = 0x8035;
    public const int Icmp = 1, Tcp = 6, Udp = 17, Icmp6 = 58, Sctp = 132;

    public static readonly IReadOnlyList<Protocol> All =
    [
        new("ip", Ipv4), new("icmp", Ipv4, Icmp), new("tcp", Ipv4, Tcp), new("udp", Ipv4, Udp), new("sctp", Ipv4, Sctp),
        new("ipv6", Ipv6), new("icmp6", Ipv6, Icmp6), new("tcp6", Ipv6, Tcp), new("udp6", Ipv6, Udp), new("sctp6", Ipv6, Sctp),
        new("arp", Arp), new("rarp", Rarp),
    ];

    public static Protocol? Find(string name) => All.FirstOrDefault(p => p.Name == (name == "ip6" ? "ipv6" : name));
}

/// <summary>What a match says about the packet's protocol so far.</summary>
readonly record struct ProtocolState(int? EtherType, int? IpProtocol)
{
    public bool IsIp => EtherType is Protocol.Ipv4 or Protocol.Ipv6;

    /// <summary>The fewest fields that say the same, the protocol's own word first.</summary>
    public IEnumerable<FlowField> Fields()
    {
        var (type, proto) = (EtherType, IpProtocol);
        if (type is null) yield break;
        if (Protocol.All.FirstOrDefault(p => p.EtherType == type && p.IpProtocol == proto) is { } exact)
        {
            yield return new(exact.Name, null);
            yield break;
        }
        yield return Protocol.All.FirstOrDefault(p => p.EtherType == type && p.IpProtocol is null) is { } general
            ? new(general.Name, null) : new("dl_type", $"0x{type:x4}");
        if (proto is not null) yield return new("nw_proto", proto.ToString());
    }
}
