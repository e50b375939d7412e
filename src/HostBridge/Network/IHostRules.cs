using MeshMcp.Contracts.State;

namespace MeshMcp.HostBridge.Network;

/// <summary>What the node's own rules do with packets that the kernel routes, as they stand now.</summary>
public interface IHostRules
{
    /// <param name="devices">As they are.</param>
    Task<HostRules> ReadAsync(NodeState desired, IpView devices, CancellationToken ct);
}

/// <summary>The rules of one moment. Asking them is pure.</summary>
/// <param name="Uplink">Its device; null while it is unknown.</param>
/// <param name="Addresses">Of the uplink, IPv4.</param>
public abstract record HostRules(string? Uplink, IReadOnlyList<string> Addresses)
{
    /// <summary>No IPv6 leaves the bridge.</summary>
    public abstract bool KeepsIpv6 { get; }

    /// <summary>Null where the packet is not to a published port.</summary>
    public abstract Translation? Published(HostPacket packet);

    /// <param name="device">That the kernel's routes send it to.</param>
    public abstract Passage Forward(HostPacket packet, string device);
}

/// <summary>The first packet of a connection, on its way through the node.</summary>
/// <param name="From">Device that it came in by.</param>
/// <param name="Protocol"><c>tcp</c>, <c>udp</c> …; null: not said.</param>
public sealed record HostPacket(string From, string Source, string Destination, string? Protocol, int? Port)
{
    /// <summary>A published port sent it to a container.</summary>
    public bool Translated { get; init; }
}

/// <param name="To">What serves the port; null: nobody for this sender.</param>
public sealed record Translation(string Says, PublishedPort? To);

/// <param name="Masked">It leaves with an address of the node in place of its own.</param>
public sealed record Passage(string Says, bool Passes, bool Masked);
