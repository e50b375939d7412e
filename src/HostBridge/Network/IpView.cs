namespace MeshMcp.HostBridge.Network;

/// <summary>What the kernel's network looked like at one moment, as far as policy routes need it.</summary>
/// <param name="Rules">All of them.</param>
/// <param name="Routes">Of all tables, those with our protocol.</param>
/// <param name="Neighbours">Permanent ones.</param>
/// <param name="DefaultDevice">Device of the best default route of the main table.</param>
public sealed record IpView(
    IReadOnlyList<IpRule> Rules, IReadOnlyList<IpRoute> Routes, IReadOnlyList<IpDevice> Devices, IReadOnlyList<IpNeighbour> Neighbours, string? DefaultDevice)
{
    public IpDevice? Device(string name) => Devices.FirstOrDefault(d => d.Name == name);
}

/// <param name="Addresses">IPv4, with prefix length.</param>
/// <param name="GlobalAddresses">Of these, the ones that others can reach, without prefix length.</param>
public sealed record IpDevice(string Name, bool Up, int Mtu, bool IsEthernet, IReadOnlyList<string> Addresses, IReadOnlyList<string> GlobalAddresses);

/// <param name="Iif">Device that packets come in by; null: any.</param>
/// <param name="Ours">Has our protocol.</param>
public sealed record IpRule(int Priority, string? Iif, string? Table, bool Ours);

/// <summary>A route of ours. Its text is what <c>ip route</c> takes.</summary>
/// <param name="Metric">0 unless given.</param>
public sealed record IpRoute(int Table, string Destination, bool Unreachable, string? Gateway, string? Device, long Metric)
{
    public override string ToString() =>
        $"{(Unreachable ? "unreachable " : "")}{Destination}{(Gateway is null ? "" : $" via {Gateway}")}{(Device is null ? "" : $" dev {Device}")}"
        + $"{(Gateway is null ? "" : " onlink")}{(Metric == 0 ? "" : $" metric {Metric}")} table {Table} proto {Iproute.OurProtocol}";
}

public sealed record IpNeighbour(string Address, string Device, string Mac);
