using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Checkups;

namespace MeshMcp.HostBridge.Systems.Netmaker;

/// <summary>Whether the mesh's other members answer.</summary>
sealed class NetmakerChecks(NetmakerQueries queries) : INodeChecks
{
    public string Layer => "mesh";

    public async Task<IReadOnlyList<Check>> LookAsync(NodeState desired, CancellationToken ct)
    {
        if (desired.Netmaker is null) return [];
        var netmaker = await queries.StatusAsync(desired, ct);
        return
        [
            netmaker is { Joined: true, DeviceUp: true }
                ? new(Layer, netmaker.Network ?? "netmaker", netmaker.Peers.Count == 0 || netmaker.Peers.Any(p => p.Alive) ? Health.Fine : Health.Broken, netmaker.Verdict, "Is UDP 51821 open towards this node, or the other one? meshctl netmaker status shows each peer.")
                : new(Layer, netmaker.Network ?? "netmaker", Health.Broken, netmaker.Verdict, "See what it waits for above; meshctl netmaker status shows more."),
            .. netmaker.Peers.Where(p => !p.Alive).Select(peer =>
                new Check(Layer, peer.Name ?? peer.Address ?? peer.PublicKey, Health.Warning, $"silent{(peer.HandshakeAge is { } age ? $" for {age} s" : ", never heard")}", "Is that node up, and netclient on it?")),
        ];
    }
}
