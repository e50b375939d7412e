using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Flows;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Network;
using MeshMcp.HostBridge.OpenVSwitch;

namespace MeshMcp.HostBridge.Systems.Openflow;

/// <summary>Who is where on a node's bridge, as its state and its switch know: what an imagined packet is completed from. Pure.</summary>
/// <param name="Ports">Numbers by name, of all ports that there are or will be.</param>
sealed record TracedNode(NodeState Desired, OvsBridge Bridge, IReadOnlyDictionary<string, int> Ports, IpView Devices, HostRules? Rules)
{
    readonly BridgeSection? _layout = BridgeLayout.Of(Desired) is { } layout && layout.Name == Bridge.Name ? layout : null;

    public string Name => Bridge.Name;
    public IReadOnlyList<Container> Containers => Desired.Lxc?.Containers ?? [];
    public IReadOnlyList<BridgeAdapter> Adapters => _layout?.Adapters ?? [];
    public string? Address => _layout?.Address?.Split('/')[0];
    public string? Mac => (Bridge.Port(Name)?.Interfaces is [{ MacInUse: { } mac }, ..] ? mac : null) ?? (_layout?.Address is { } address ? HardwareAddress.Of(address) : null);

    public bool IsOnBridge(string address) => Networks.Behind(_layout) is { } network && System.Net.IPAddress.TryParse(address, out var one) && network.Contains(one);

    public bool IsOwn(string address) => address == Address || Devices.Devices.Any(d => d.Addresses.Any(a => a.Split('/')[0] == address));

    public Container? ContainerWith(string address) => Containers.FirstOrDefault(c => c.Properties.Ipv4Address?.Split('/')[0] == address);

    public Container? ContainerAt(string port) => Containers.FirstOrDefault(c => c.Veth == port);

    /// <summary>By its tunnel's name or by its port's.</summary>
    public BridgeAdapter? AdapterAt(string port) => Adapters.FirstOrDefault(a => a.Tunnel == port || a.Port == port);

    /// <summary>The port's name for its number; <c>LOCAL</c> for the bridge's own.</summary>
    public string PortNamed(string port) =>
        port == Name ? FlowPort.Local : !FlowPort.IsName(port) && Ports.FirstOrDefault(p => $"{p.Value}" == port && p.Key != Name).Key is { } name ? name : AdapterAt(port)?.Port ?? port;

    public bool HasPort(string port) => port == FlowPort.Local || Ports.ContainsKey(port) || !FlowPort.IsName(port);

    /// <summary>MAC of who sends by this port; null where nobody knows.</summary>
    public string? MacAt(string port) => port == FlowPort.Local ? Mac : AdapterAt(port)?.Mac
        ?? (ContainerAt(port) is { } container ? HardwareAddress.Of(container) : Bridge.Port(port)?.Interfaces is [{ Type: "internal", MacInUse: { } mac }] ? mac : null);

    /// <summary>Port where this MAC is at home; null where nobody knows.</summary>
    public string? PortWith(string mac) => mac == Mac ? FlowPort.Local : Adapters.FirstOrDefault(a => a.Mac == mac)?.Port
        ?? Containers.FirstOrDefault(c => HardwareAddress.Of(c) == mac)?.Veth
        ?? Bridge.Ports.FirstOrDefault(p => p.Interfaces is [{ Type: "internal", MacInUse: { } own }] && own == mac)?.Name;

    /// <summary>Whom a frame to this address is addressed to by who stands on the bridge, with words for it; no MAC where nobody has the address.</summary>
    public (string? Mac, string Whose) NextHop(string address) =>
        address == Address ? (Mac, "the bridge's")
        : ContainerWith(address) is { } container ? (HardwareAddress.Of(container), $"container {container.Id}'s")
        : IsOnBridge(address) ? (null, $"nobody that the state knows has {address}")
        : (Mac, "the bridge's, which is the gateway");

    public MeshException Unknown(string what) => new(ErrorKind.InvalidArgument, what, "packet",
        $"Give in_port: a port of {Name} ({string.Join(", ", Ports.Keys.Where(p => p != Name && AdapterAt(p)?.Port != p).Prepend(FlowPort.Local).Take(12))}){(Rules?.Uplink is { } uplink ? $", or {uplink} for a packet from outside" : "")}.");
}
