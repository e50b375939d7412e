using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.Trust;
using MeshMcp.HostBridge.Audit;
using MeshMcp.HostBridge.Store;

namespace MeshMcp.HostBridge.Wire;

/// <summary>Gives a secret that waits to whoever has its token.</summary>
public sealed class HandoverRoutes(Handovers handovers) : INodeRoutes
{
    public void Map(NodeRoutes routes) =>
        // Whoever may ask at all may open one: the token is the right to it.
        routes.Ask("/v1/handover/open", Scope.Read, MeshJson.Default.HandoverToken, MeshJson.Default.HandedOver, (_, _, asked) =>
        {
            var (secret, maker) = handovers.Open(asked.Token, asked.Kind);
            return Task.FromResult((secret, new Outcome($"opened: {secret.What}, asked for by {maker}", null)));
        }, asked => asked with { Token = "(not shown)" });
}
