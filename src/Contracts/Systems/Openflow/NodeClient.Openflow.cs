using MeshMcp.Contracts.Json;

namespace MeshMcp.Contracts.Nodes;

public sealed partial class NodeClient
{
    public Task<FlowList> FlowsAsync(CancellationToken ct) => GetAsync("v1/flows", MeshJson.Default.FlowList, ct);

    public Task<PacketTrace> TraceAsync(TraceRequest request, CancellationToken ct) => PostAsync("v1/trace", request, MeshJson.Default.TraceRequest, MeshJson.Default.PacketTrace, ct);
}

public partial interface INodeMessages
{
    FlowList FlowList { get; }
    TraceRequest TraceRequest { get; }
    PacketTrace PacketTrace { get; }
}
