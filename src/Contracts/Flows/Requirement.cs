namespace MeshMcp.Contracts.Flows;

/// <summary>What else a match must say before a field means anything.</summary>
sealed record Requirement(string Words, Func<ProtocolState, bool> Met)
{
    public static readonly Requirement Ipv4 = new("ip, tcp, udp, sctp or icmp (with arp write arp_spa and arp_tpa)", p => p.EtherType == Protocol.Ipv4);
    public static readonly Requirement Ipv6 = new("ipv6, tcp6, udp6, sctp6 or icmp6", p => p.EtherType == Protocol.Ipv6);
    public static readonly Requirement AnyIp = new("ip or ipv6", p => p.IsIp);
    public static readonly Requirement Arp = new("arp or rarp", p => p.EtherType is Protocol.Arp or Protocol.Rarp);
    public static readonly Requirement Transport = new("tcp, udp or sctp (or tcp6, udp6, sctp6)", p => p.IsIp && p.IpProtocol is Protocol.Tcp or Protocol.Udp or Protocol.Sctp);
    public static readonly Requirement Tcp = new("tcp or tcp6", p => p.IsIp && p.IpProtocol == Protocol.Tcp);
    public static readonly Requirement Udp = new("udp or udp6", p => p.IsIp && p.IpProtocol == Protocol.Udp);
    public static readonly Requirement Sctp = new("sctp or sctp6", p => p.IsIp && p.IpProtocol == Protocol.Sctp);
    public static readonly Requirement Icmp = new("icmp or icmp6",
        p => p is { EtherType: Protocol.Ipv4, IpProtocol: Protocol.Icmp } or { EtherType: Protocol.Ipv6, IpProtocol: Protocol.Icmp6 });
}
