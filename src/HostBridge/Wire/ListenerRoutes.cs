using MeshMcp.Contracts.Json;
using MeshMcp.HostBridge.Network;

namespace MeshMcp.HostBridge.Wire;

/// <summary>Who waits on the node's own ports.</summary>
sealed class ListenerRoutes(Listeners listeners) : INodeRoutes
{
    public void Map(NodeRoutes routes) => routes.Read("/v1/listeners", MeshJson.Default.ListenerList, async context => new(await listeners.ReadAsync(context.RequestAborted)));
}
