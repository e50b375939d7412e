namespace MeshMcp.HostBridge.Network;

/// <summary>The node's own network, as far as somebody's way to it stands on it.</summary>
/// <param name="Devices">All of them, with their IPv4 addresses.</param>
/// <param name="Routes">Of the main table.</param>
/// <param name="Listeners">Programs that wait for packets.</param>
/// <param name="NameServers">Addresses.</param>
public sealed record HostNetwork(IReadOnlyList<IpDevice> Devices, IReadOnlyList<IpRoute> Routes, IReadOnlyList<Listener> Listeners, IReadOnlyList<string> NameServers)
{
    public static readonly HostNetwork Unknown = new([], [], [], []);

    /// <summary>The best one; null while the node has none.</summary>
    public IpRoute? DefaultRoute => Routes.Where(r => r.Destination == "default" && r.Device is not null).MinBy(r => r.Metric);

    public IpDevice? Device(string name) => Devices.FirstOrDefault(d => d.Name == name);
}
