using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Flows;
using MeshMcp.HostBridge.Network;

namespace MeshMcp.HostBridge.Systems.Openflow;

/// <summary>An imagined packet: one value for each field.</summary>
sealed record TracedPacket(IReadOnlyList<FlowField> Fields)
{
    static readonly string[] Ipv4 = ["ip", "icmp", "tcp", "udp", "sctp"], Ipv6 = ["ipv6", "icmp6", "tcp6", "udp6", "sctp6"];

    const string Example = "For example in_port=veth100,tcp,nw_src=10.0.0.100,nw_dst=10.1.0.200,tp_dst=9573";

    public string? InPort => this["in_port"];
    public string? Source => this["nw_src"] ?? this["arp_spa"];
    public string? Destination => this["nw_dst"];
    public bool IsIpv4 => Fields.Any(f => f.Value is null && Ipv4.Contains(f.Name));
    public bool IsIpv6 => Fields.Any(f => f.Value is null && Ipv6.Contains(f.Name));
    public bool IsArp => Fields.Any(f => f is { Name: "arp", Value: null });
    public string? Protocol => Fields.FirstOrDefault(f => f.Value is null && f.Name is "tcp" or "udp" or "sctp" or "icmp")?.Name;
    public int? Port => int.TryParse(this["tp_dst"], out var port) ? port : null;

    public string? this[string field] => Fields.FirstOrDefault(f => f.Name == field)?.Value;

    public static TracedPacket Read(string text)
    {
        var pattern = FlowText.ParsePattern(text, "packet");
        if (pattern is not { Table: null, Priority: null, Actions: null })
            throw new MeshException(ErrorKind.InvalidArgument, "A packet has no table, priority or actions: give only what the packet carries.", "packet", Example);
        if (pattern.Fields.FirstOrDefault(f => f.Value?.Contains('/', StringComparison.Ordinal) == true) is { } masked)
            throw new MeshException(ErrorKind.InvalidArgument, $"A packet has one value in {masked.Name}, not all of {masked.Value}.", "packet", Example);
        return new(pattern.Fields);
    }

    public TracedPacket With(string field, string value) => new([.. Fields.Where(f => f.Name != field), new(field, value)]);

    /// <summary>As it comes to the node by a device; null where sender or receiver are not known.</summary>
    public HostPacket? From(string device) => this is { IsIpv4: true, Source: { } source, Destination: { } destination } ? new(device, source, destination, Protocol, Port) : null;

    public override string ToString() => string.Join(',', Fields);
}
