using MeshMcp.Contracts.Json;

namespace MeshMcp.Contracts.Nodes;

public sealed partial class NodeClient
{
    public Task<WireguardStatus> WireguardAsync(CancellationToken ct) => GetAsync("v1/wireguard", MeshJson.Default.WireguardStatus, ct);

    /// <summary>Makes what a new client needs and lets it in; the answer is the only one with its keys.</summary>
    /// <param name="by">How the keys are handed over apart from the answer; null: they are in it.</param>
    public Task<VpnAccess> AddVpnClientAsync(NewVpnClient client, CancellationToken ct, HandoverWay? by = null) =>
        PostAsync($"v1/wireguard/clients{Handed(by)}", client, MeshJson.Default.NewVpnClient, MeshJson.Default.VpnAccess, ct);
}

public partial interface INodeMessages
{
    WireguardStatus WireguardStatus { get; }
    NewVpnClient NewVpnClient { get; }
    VpnAccess VpnAccess { get; }
}
