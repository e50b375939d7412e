using MeshMcp.Contracts.Nodes;

namespace MeshMcp.HostBridge.Checkups;

/// <summary>Whether the tunnels carry anything, and the mesh's other members answer.</summary>
static class TunnelChecks
{
    public static IEnumerable<Check> Of(WireguardStatus wireguard, NetmakerStatus? netmaker)
    {
        foreach (var tunnel in wireguard.Interfaces.Where(i => i.Role is "warp" or "vpn"))
            yield return tunnel.IsWell
                ? new("tunnels", tunnel.Name, Health.Fine, tunnel.Verdict)
                : new("tunnels", tunnel.Name, Health.Broken, tunnel.Verdict, tunnel.Role == "warp"
                    ? "Its packets go nowhere else meanwhile. Look at meshctl wg status; is its far end reachable over UDP from here?"
                    : "Look at meshctl wg status, and whether the port is open towards this node.");
        if (netmaker is null) yield break;
        yield return netmaker is { Joined: true, DeviceUp: true }
            ? new("mesh", netmaker.Network ?? "netmaker", netmaker.Peers.Count == 0 || netmaker.Peers.Any(p => p.Alive) ? Health.Fine : Health.Broken, netmaker.Verdict, "Is UDP 51821 open towards this node, or the other one? meshctl netmaker status shows each peer.")
            : new("mesh", netmaker.Network ?? "netmaker", Health.Broken, netmaker.Verdict, "See what it waits for above; meshctl netmaker status shows more.");
        foreach (var peer in netmaker.Peers.Where(p => !p.Alive))
            yield return new("mesh", peer.Name ?? peer.Address ?? peer.PublicKey, Health.Warning, $"silent{(peer.HandshakeAge is { } age ? $" for {age} s" : ", never heard")}", "Is that node up, and netclient on it?");
    }
}
