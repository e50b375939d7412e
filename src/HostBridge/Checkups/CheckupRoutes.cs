using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.Nodes;
using MeshMcp.HostBridge.Access;
using MeshMcp.HostBridge.Engine;
using MeshMcp.HostBridge.Network;
using MeshMcp.HostBridge.Systems.Netmaker;
using MeshMcp.HostBridge.Systems.Wireguard;
using MeshMcp.HostBridge.Wire;

namespace MeshMcp.HostBridge.Checkups;

/// <summary>Looks at the node, layer by layer; changes nothing.</summary>
sealed class CheckupRoutes(BridgeConfiguration configuration, NodeEngine engine, NodeViews views, Listeners listeners, WireguardViews wireguard, NetmakerQueries netmaker) : INodeRoutes
{
    public void Map(NodeRoutes routes) => routes.Read("/v1/checkup", MeshJson.Default.Checkup, c => RunAsync(c.RequestAborted));

    async Task<Checkup> RunAsync(CancellationToken ct)
    {
        var desired = engine.Desired;
        var status = await views.StatusAsync(ct);
        return new(configuration.Node,
        [
            .. KernelChecks.Of(desired),
            .. ProgramChecks.Of(desired),
            .. AgentChecks.Of(configuration),
            .. StateChecks.Of(status),
            .. await RelayChecks.ReadAsync(listeners, ct),
            .. TunnelChecks.Of(await wireguard.ReadAsync(ct), desired.Netmaker is null ? null : await netmaker.StatusAsync(desired, ct)),
        ]);
    }
}
