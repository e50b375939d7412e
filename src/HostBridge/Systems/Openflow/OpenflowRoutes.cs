using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Engine;
using MeshMcp.HostBridge.Wire;

namespace MeshMcp.HostBridge.Systems.Openflow;

/// <summary>Flows with their counters, and the way of a packet through them.</summary>
sealed class OpenflowRoutes(NodeEngine engine, FlowQueries flows, PacketTraces traces) : INodeRoutes
{
    public void Map(NodeRoutes routes)
    {
        routes.Read("/v1/flows", MeshJson.Default.FlowList, c => flows.ListAsync(engine.Desired, Bridge, engine.SecondsLeftByItem, c.RequestAborted));
        routes.Question("/v1/trace", MeshJson.Default.TraceRequest, MeshJson.Default.PacketTrace, (_, request, ct) => traces.TraceAsync(engine.Desired, Bridge, request.Packet, ct));
    }

    string Bridge => BridgeLayout.NameOf(engine.Desired);
}
