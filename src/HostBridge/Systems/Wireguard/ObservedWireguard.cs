using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Host;

namespace MeshMcp.HostBridge.Systems.Wireguard;

/// <summary>What the plan must know: the devices that are wanted, as they are to be now, and those that are there.</summary>
/// <param name="Devices">Wanted ones and those we made.</param>
/// <param name="TakenPorts">UDP ports in use on this node.</param>
public sealed record ObservedWireguard(IReadOnlyList<WantedDevice> Wanted, IReadOnlyList<SeenDevice> Devices, IReadOnlySet<int> TakenPorts, IReadOnlyList<Finding> Findings)
{
    public static readonly ObservedWireguard None = new([], [], new HashSet<int>(), []);

    public SeenDevice? Device(string name) => Devices.FirstOrDefault(d => d.Link.Name == name);
}

/// <param name="Item">The section with this device's item alone.</param>
/// <param name="Path">Of the item.</param>
/// <param name="Config">Null while the device waits for something.</param>
/// <param name="Unit">The systemd unit that brings it up; then we only look.</param>
/// <param name="Before">What it was made from, when we have made it before: who takes its name or port since is reported, and does not hold up everything else on the node.</param>
public sealed record WantedDevice(string Name, WireguardSection Item, string Path, DeviceConfig? Config, string? Unit = null, TunnelRecord? Before = null)
{
    /// <summary>Of the one peer that we go to, as the profile gives it.</summary>
    public string? EndpointText => Config?.Peers is [{ EndpointText: { } text }] ? text : null;
}

/// <param name="Dump">Null when WireGuard does not answer for it.</param>
/// <param name="Record">What it was made from; null when that is not known.</param>
public sealed record SeenDevice(SeenLink Link, WgDump? Dump, TunnelRecord? Record)
{
    /// <summary>The link alias of what is ours.</summary>
    public const string Mark = "meshmcp";

    public bool Ours => Link.Alias == Mark;
}
