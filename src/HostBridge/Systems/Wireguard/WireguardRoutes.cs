using MeshMcp.Contracts.Json;
using MeshMcp.HostBridge.Wire;

namespace MeshMcp.HostBridge.Systems.Wireguard;

/// <summary>How the tunnels are, and new VPN clients.</summary>
public sealed class WireguardRoutes(WireguardViews views, VpnAdmission admission) : INodeRoutes
{
    public void Map(NodeRoutes routes)
    {
        routes.Read("/v1/wireguard", MeshJson.Default.WireguardStatus, context => views.ReadAsync(context.RequestAborted));
        routes.Change(HttpMethod.Post, "/v1/wireguard/clients", "wireguard", MeshJson.Default.NewVpnClient, MeshJson.Default.VpnAccess, admission.AddAsync);
    }
}
