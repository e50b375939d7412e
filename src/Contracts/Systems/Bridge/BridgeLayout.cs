using System.Net;

namespace MeshMcp.Contracts.State;

/// <summary>
/// The whole bridge that a state asks for: what its <c>bridge</c> section says, with the ports of its containers and the adapters of its tunnels,
/// and with name and address worked out where the section does not say them. Pure.
/// </summary>
public static class BridgeLayout
{
    public const string UsualName = "mesh";
    const int NetmakerNumber = 1, WarpNumber = 2, VpnNumber = 3;

    /// <summary>Null when nothing in the state needs a bridge.</summary>
    public static BridgeSection? Of(NodeState state)
    {
        if (state is { Bridge: null, Openflow: null } && state.Lxc is not { Containers.Count: > 0 }) return null;
        var own = state.Bridge ?? new() { Name = NameOf(state) };
        var containers = state.Lxc?.Containers ?? [];
        BridgeAdapter[] derived = [.. Derived(state).Where(d => own.Adapters.All(a => a.Tunnel != d.Tunnel))];
        return own with
        {
            Address = own.Address ?? AddressOf(containers),
            Ports = [.. own.Ports, .. containers.Where(c => own.Ports.All(p => p.Name != c.Veth)).Select(PortOf)],
            Adapters = [.. own.Adapters, .. derived],
        };
    }

    public static string NameOf(NodeState state) =>
        state.Bridge?.Name ?? state.Lxc?.Containers.Select(c => c.Bridge).FirstOrDefault(b => b is not null) ?? state.Openflow?.Bridges.Keys.FirstOrDefault() ?? UsualName;

    /// <summary>Adapters by the name of their tunnel.</summary>
    public static IReadOnlyDictionary<string, BridgeAdapter> AdaptersOf(NodeState state) =>
        (Of(state)?.Adapters ?? []).DistinctBy(a => a.Tunnel).ToDictionary(a => a.Tunnel);

    static IEnumerable<BridgeAdapter> Derived(NodeState state)
    {
        // A tunnel that is down, or a network that was left, keeps its adapter: flows go on naming it, and what they send there stays in.
        if (state.Netmaker is { } netmaker) yield return new() { Tunnel = netmaker.Interface, Number = NetmakerNumber };
        if (state.Wireguard?.WarpTunnel is { } warp) yield return new() { Tunnel = warp.Interface, Number = WarpNumber, Masquerade = true };
        if (state.Wireguard?.VpnServer is { } vpn) yield return new() { Tunnel = vpn.Interface, Number = VpnNumber, Clients = vpn.IpPool, Exit = vpn.Exit };
    }

    static BridgePort PortOf(Container container) => new() { Name = container.Veth, Ofport = int.TryParse(container.Id, out var id) ? id : null };

    /// <summary>The first host of the first container's network; null while no container has an address.</summary>
    static string? AddressOf(IEnumerable<Container> containers)
    {
        foreach (var text in containers.Select(c => c.Properties.Ipv4Address))
        {
            if (text?.Split('/') is not [var host, var prefix] || !IPAddress.TryParse(host, out var address) || !int.TryParse(prefix, out var length) || length is < 8 or > 30) continue;
            var bytes = address.GetAddressBytes();
            if (bytes.Length != 4) continue;
            for (var bit = length; bit < 32; bit++) bytes[bit / 8] &= (byte)~(0x80 >> (bit % 8));
            bytes[3] |= 1;
            return $"{new IPAddress(bytes)}/{length}";
        }
        return null;
    }
}
