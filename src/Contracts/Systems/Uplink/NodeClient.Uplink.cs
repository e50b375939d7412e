using MeshMcp.Contracts.Json;

namespace MeshMcp.Contracts.Nodes;

public sealed partial class NodeClient
{
    public Task<UplinkStatus> UplinkAsync(CancellationToken ct) => GetAsync("v1/uplink", MeshJson.Default.UplinkStatus, ct);
}

public partial interface INodeMessages
{
    UplinkStatus UplinkStatus { get; }
}
