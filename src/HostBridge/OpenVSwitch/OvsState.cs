namespace MeshMcp.HostBridge.OpenVSwitch;

/// <summary>What the Open vSwitch database held at one moment. A later moment is another instance.</summary>
/// <param name="NextCfg">Raised by every change of ours.</param>
/// <param name="CurCfg">The last <paramref name="NextCfg"/> that ovs-vswitchd has put into effect.</param>
public sealed record OvsState(long NextCfg, long CurCfg, IReadOnlyList<OvsBridge> Bridges)
{
    public OvsBridge? Bridge(string name) => Bridges.FirstOrDefault(b => b.Name == name);
}

/// <param name="DatapathType"><c>system</c> (kernel) or <c>netdev</c> (userspace).</param>
/// <param name="FailMode"><c>secure</c>, <c>standalone</c> or null (which means standalone).</param>
public sealed record OvsBridge(
    string Uuid, string Name, string DatapathType, string? FailMode, IReadOnlyList<string> Protocols,
    IReadOnlyDictionary<string, string> ExternalIds, IReadOnlyDictionary<string, string> OtherConfig, IReadOnlyList<OvsPort> Ports)
{
    /// <summary>How many controllers it obeys; ours has none.</summary>
    public int Controllers { get; init; }

    public OvsPort? Port(string name) => Ports.FirstOrDefault(p => p.Name == name);

    /// <summary>Numbers of all ports that have one, by name; the bridge's own port has 65534 (LOCAL).</summary>
    public IReadOnlyDictionary<string, int> Ofports => Ports.SelectMany(p => p.Interfaces)
        .Where(i => i.Ofport is > 0).ToDictionary(i => i.Name, i => i.Ofport!.Value);
}

/// <param name="Interfaces">One, except for bonds.</param>
public sealed record OvsPort(string Uuid, string Name, IReadOnlyDictionary<string, string> ExternalIds, IReadOnlyList<OvsInterface> Interfaces);

/// <param name="Type"><c>system</c>, <c>internal</c>, <c>patch</c> …</param>
/// <param name="Ofport">Null until ovs-vswitchd has taken it over, -1 when it could not.</param>
/// <param name="Mac">As configured; null lets Open vSwitch choose.</param>
/// <param name="MacInUse">As the device has it.</param>
/// <param name="Error">Why ovs-vswitchd could not take it over.</param>
/// <param name="LinkState"><c>up</c>, <c>down</c> or null.</param>
public sealed record OvsInterface(
    string Uuid, string Name, string Type, int? Ofport, int? OfportRequest, string? Mac, string? MacInUse,
    string? Error, string? LinkState, IReadOnlyDictionary<string, string> ExternalIds);
