using MeshMcp.Contracts.Errors;
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
    static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    public void Map(NodeRoutes routes) => routes.Read("/v1/checkup", MeshJson.Default.Checkup, c => RunAsync(c.RequestAborted));

    async Task<Checkup> RunAsync(CancellationToken ct)
    {
        var desired = engine.Desired;
        var status = views.StatusAsync(ct);
        var relay = SoonAsync("relay", limit => RelayChecks.ReadAsync(listeners, limit), ct);
        var tunnels = SoonAsync("tunnels", async limit => [.. TunnelChecks.Of(await wireguard.ReadAsync(limit), desired.Netmaker is null ? null : await netmaker.StatusAsync(desired, limit))], ct);
        return new(configuration.Node,
        [
            .. KernelChecks.Of(desired),
            .. ProgramChecks.Of(desired),
            .. AgentChecks.Of(configuration),
            .. StateChecks.Of(await status),
            .. await relay,
            .. await tunnels,
        ]);
    }

    /// <summary>A layer that cannot be looked at is a check of its own: the others are told all the same.</summary>
    static async Task<IReadOnlyList<Check>> SoonAsync(string layer, Func<CancellationToken, Task<IReadOnlyList<Check>>> look, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(Limit);
        try
        {
            return await look(limit.Token);
        }
        catch (Exception e) when (e is MeshException || (e is OperationCanceledException && !ct.IsCancellationRequested))
        {
            return [new(layer, layer, Health.Broken, $"cannot be looked at: {e.Message}.", "Restart what hangs or fails there, and look again.")];
        }
    }
}
