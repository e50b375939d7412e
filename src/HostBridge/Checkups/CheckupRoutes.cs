using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.Nodes;
using MeshMcp.HostBridge.Access;
using MeshMcp.HostBridge.Engine;
using MeshMcp.HostBridge.Network;
using MeshMcp.HostBridge.Wire;

namespace MeshMcp.HostBridge.Checkups;

/// <summary>Looks at the node, layer by layer; changes nothing.</summary>
sealed class CheckupRoutes(BridgeConfiguration configuration, NodeEngine engine, NodeViews views, Listeners listeners, IEnumerable<NeededPrograms> needed, IEnumerable<INodeChecks> others) : INodeRoutes
{
    public void Map(NodeRoutes routes) => routes.Read("/v1/checkup", MeshJson.Default.Checkup, c => RunAsync(c.RequestAborted));

    async Task<Checkup> RunAsync(CancellationToken ct)
    {
        var desired = engine.Desired;
        Check[] all =
        [
            KernelChecks.Of(),
            .. ProgramChecks.Of(engine.Planner.Managing(desired), needed),
            .. AgentChecks.Of(configuration),
            .. StateChecks.Of(await views.StatusAsync(ct)),
            .. await RelayChecks.ReadAsync(listeners, ct),
            .. (await Task.WhenAll(others.Select(o => o.LookAsync(desired, ct)))).SelectMany(c => c),
        ];
        return new(configuration.Node, [.. all.OrderBy(c => Array.IndexOf(Check.Layers, c.Layer))]);
    }
}
