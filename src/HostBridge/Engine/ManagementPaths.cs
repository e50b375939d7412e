using System.Net;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Network;

namespace MeshMcp.HostBridge.Engine;

/// <summary>
/// The ways by which this node is managed, as they are before a change: SSH, the containers that serve 9573 and 9574 over the bridge, the relay on the bridge's
/// own and on the mesh's address, the mesh's tunnel, and the default route that all of them stand on.
/// </summary>
/// <param name="Before">What was desired.</param>
/// <param name="After">What will be.</param>
/// <param name="Host">The node's own network.</param>
public sealed record ManagementPaths(NodeState Before, NodeState After, HostNetwork Host)
{
    public const int Mcp = 9573, Api = 9574, Relay = 9575;
    public const string RelayName = "the relay on the bridge's address";

    /// <summary>Running containers that are a way in.</summary>
    public IReadOnlyList<Container> Serving { get; } = ServingOf(Before);

    public IReadOnlyList<Container> ServingAfter { get; } = ServingOf(After);

    public BridgeSection? Bridge { get; } = BridgeLayout.Of(Before);

    public BridgeSection? BridgeAfter { get; } = BridgeLayout.Of(After);

    public bool Serves => Serving.Count > 0;

    /// <summary>Each port that they serve callers on.</summary>
    public IEnumerable<ServingPort> ServingPorts => from container in Serving from port in PortsOf(container) select new ServingPort(container, port);

    /// <summary>Whether another container takes its place, or the same one goes on.</summary>
    public bool StaysServed(int port) => ServingAfter.Any(c => PortsOf(c).Contains(port));

    /// <summary>The mesh's device; null while the node is in no mesh.</summary>
    public string? Tunnel => Before.Netmaker is { Enabled: true } netmaker ? netmaker.Interface : null;

    public int? TunnelPort => Tunnel is null ? null : Before.Netmaker!.Port();

    /// <summary>The node reaches its mesh's server by a name.</summary>
    public bool TunnelNeedsNames => Before.Netmaker is { Enabled: true, Mode: NetmakerMode.Client };

    public string TunnelName => $"the mesh tunnel {Tunnel}";

    public string UplinkName => Uplink is null ? "the default route" : $"the default route by {Uplink}";

    /// <summary>The device of the default route.</summary>
    public string? Uplink => Host.DefaultRoute?.Device;

    public string? Gateway => Host.DefaultRoute?.Gateway;

    /// <summary>Addresses of the node that its relay listens on; empty when nobody listens.</summary>
    public IReadOnlyList<string> RelayAddresses => [.. Host.Listeners.Where(l => l is { Protocol: "tcp", Port: Relay }).Select(l => l.Address)];

    /// <summary>Before the change or after it.</summary>
    public bool IsBridge(string name) => name == Bridge?.Name || name == BridgeAfter?.Name;

    /// <summary>The mesh's adapter on the bridge.</summary>
    public BridgeAdapter? Adapter => Bridge?.Adapters.FirstOrDefault(a => a.Tunnel == Tunnel);

    /// <summary>Networks that are reached by the mesh: members and what is behind them.</summary>
    public IReadOnlyList<IPNetwork> MeshNetworks =>
    [
        .. Host.Routes.Where(r => r.Device is not null && r.Device == Tunnel).Select(r => Networks.Read(r.Destination)).OfType<IPNetwork>(),
        .. (Tunnel is { } tunnel ? Host.Device(tunnel)?.Addresses ?? [] : []).Select(Networks.Read).OfType<IPNetwork>(),
        .. Before.Netmaker is { } netmaker && Networks.Read(netmaker.AddressRange) is { } range ? [range] : Array.Empty<IPNetwork>(),
    ];

    /// <summary>Devices that the agent makes, before or after; Netmaker's is not among them.</summary>
    public IReadOnlySet<string> OwnDevices { get; } = new[] { Before, After }.SelectMany(s => (BridgeLayout.Of(s)?.Adapters ?? []).Select(a => a.Port)
        .Append(BridgeLayout.Of(s)?.Name).Append(s.Wireguard?.WarpTunnel?.Interface).Append(s.Wireguard?.VpnServer?.Interface)).OfType<string>().ToHashSet();

    /// <summary>Whether callers come in by a container of the node, also by one that does not run now.</summary>
    public static bool ServesIn(NodeState state) => (state.Lxc?.Containers ?? []).Any(IsWayIn);

    /// <summary>A container that serves the MCP server (9573) or the API (9574), whose callers go on to the relays (9575).</summary>
    public static bool IsWayIn(Container container) => PortsOf(container).Any();

    public static IEnumerable<int> PortsOf(Container container) =>
        container.Properties.Services.Where(s => s is { Protocol: "tcp", Port: Mcp or Api }).Select(s => s.Port).Distinct();

    static IReadOnlyList<Container> ServingOf(NodeState state) => [.. (state.Lxc?.Containers ?? []).Where(c => c.Running && IsWayIn(c))];
}

/// <summary>A way in: a port of a container that callers come to.</summary>
public sealed record ServingPort(Container Container, int Port)
{
    public string Name => $"{Port} of container {Container.Id}";
}
