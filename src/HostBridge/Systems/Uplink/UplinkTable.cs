using System.Net;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Network;

namespace MeshMcp.HostBridge.Systems.Uplink;

/// <summary>All that our table of nftables follows from, in resolved values, so that it can be made again without the sections it came from.</summary>
public sealed record UplinkTable
{
    /// <summary>The state has an uplink; without one only the adapters' rules are there.</summary>
    public bool Managed { get; init; }
    public string? Interface { get; init; }
    /// <summary>The bridge's device; null without a bridge.</summary>
    public string? Bridge { get; init; }
    /// <summary>The containers', <c>10.1.0.0/24</c>; null while the bridge has no address.</summary>
    public string? Network { get; init; }
    public IReadOnlyList<PublishedPort> Publish { get; set; } = [];
    /// <summary>Addresses of containers that may use the uplink; null: all.</summary>
    public IReadOnlyList<string>? Masquerade { get; init; }
    public IReadOnlyList<BridgeAdapter> Adapters { get; set; } = [];

    public bool IsEmpty => !Managed && Adapters.Count == 0;

    /// <summary>Null when neither an uplink nor a bridge is in the state.</summary>
    public static UplinkTable? Of(NodeState state)
    {
        var (uplink, bridge) = (UplinkLayout.Of(state), BridgeLayout.Of(state));
        if (uplink is null && bridge is null) return null;
        return new()
        {
            Managed = uplink is not null,
            Interface = uplink?.Interface,
            Bridge = bridge?.Name,
            Network = bridge?.Address is { } address && Networks.Read(address) is { } network ? $"{network}" : null,
            Publish = [.. (uplink?.Publish ?? []).Where(p => state.Uplink is not null || !ReservedPorts.Holds(p)).Select(p => p with { Address = AddressOf(p, state) }).Where(p => p.Address is not null)],
            Masquerade = uplink?.Masquerade is { } list ? [.. list.Select(c => AddressOf(c, state)).OfType<string>()] : null,
            Adapters = bridge?.Adapters ?? [],
        };
    }

    /// <summary>The section that gives this table again.</summary>
    public UplinkSection? ToSection() => Managed ? new() { Interface = Interface, Publish = Publish, Masquerade = Masquerade } : null;

    /// <summary>What of a state's uplink is left out, and why.</summary>
    public static IEnumerable<Finding> LeftOut(NodeState state)
    {
        if (state.Uplink is not null) yield break;
        foreach (var port in UplinkLayout.Of(state)?.Publish ?? [])
            if (ReservedPorts.Holds(port))
                yield return new("warning", "uplink", $"{port.Protocol}/{port.Port} of container {port.Container} is not published by itself: {ReservedPorts.Reason(port)}");
            else if (AddressOf(port, state) is null)
                yield return new("waiting", "uplink", $"{port.Protocol}/{port.Port} is published once container {port.Container} has an address.");
    }

    static string? AddressOf(PublishedPort port, NodeState state) => port.Address ?? AddressOf(port.Container, state);

    static string? AddressOf(string container, NodeState state) => IPAddress.TryParse(container, out _) && container.Contains('.', StringComparison.Ordinal)
        ? container
        : state.Lxc?.Containers.FirstOrDefault(c => c.Id == container)?.Properties.Ipv4Address is { } address && Networks.Read(address) is not null ? address.Split('/')[0] : null;
}
