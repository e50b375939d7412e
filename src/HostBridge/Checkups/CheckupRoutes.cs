using MeshMcp.Contracts.Errors;
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
    static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    public void Map(NodeRoutes routes) => routes.Read("/v1/checkup", MeshJson.Default.Checkup, c => RunAsync(c.RequestAborted));

    async Task<Checkup> RunAsync(CancellationToken ct)
    {
        var desired = engine.Desired;
        var status = views.StatusAsync(ct);
        var relay = SoonAsync("relay", limit => RelayChecks.ReadAsync(listeners, limit), ct);
        var systems = others.Select(o => SoonAsync(o.Layer, limit => o.LookAsync(desired, limit), ct)).ToList();
        Check[] all =
        [
            KernelChecks.Of(),
            .. ProgramChecks.Of(engine.Planner.Managing(desired), needed),
            .. AgentChecks.Of(configuration),
            .. StateChecks.Of(await status),
            .. await relay,
            .. (await Task.WhenAll(systems)).SelectMany(c => c),
        ];
        return new(configuration.Node, [.. all.OrderBy(c => Array.IndexOf(Check.Layers, c.Layer))]);
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
