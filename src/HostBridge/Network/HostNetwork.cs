using MeshMcp.Contracts.Nodes;

namespace MeshMcp.HostBridge.Network;

/// <summary>The node's own network, as far as somebody's way to it stands on it.</summary>
/// <param name="Devices">All of them by name, with their IPv4 addresses.</param>
/// <param name="Routes">Of the main table.</param>
/// <param name="Listeners">Programs that wait for packets; empty where it makes no difference.</param>
public sealed record HostNetwork(IReadOnlyList<HostDevice> Devices, IReadOnlyList<IpRoute> Routes, IReadOnlyList<Listener> Listeners)
{
    public static readonly HostNetwork Unknown = new([], [], []);

    /// <summary>The best one; null while the node has none.</summary>
    public IpRoute? DefaultRoute => Routes.Where(r => r.Destination == "default" && r.Device is not null).MinBy(r => r.Metric);

    public HostDevice? Device(string name) => Devices.FirstOrDefault(d => d.Name == name);
}

/// <param name="Addresses">IPv4, with prefix length.</param>
public sealed record HostDevice(string Name, IReadOnlyList<string> Addresses)
{
    /// <summary>One that others can reach the node by, without prefix length; null while it has none.</summary>
    public string? Reached => Addresses.Select(a => a.Split('/')[0]).FirstOrDefault(a => !a.StartsWith("127.", StringComparison.Ordinal) && !a.StartsWith("169.254.", StringComparison.Ordinal));
}
