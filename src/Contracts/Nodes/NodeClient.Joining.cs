using MeshMcp.Contracts.Joining;
using MeshMcp.Contracts.Json;

namespace MeshMcp.Contracts.Nodes;

public sealed partial class NodeClient
{
    public Task<Invited> InviteAsync(InviteRequest request, CancellationToken ct) => PostAsync("v1/invites", request, MeshJson.Default.InviteRequest, MeshJson.Default.Invited, ct);

    public Task<Enrolled> EnrollAsync(EnrollRequest request, CancellationToken ct) => PostAsync("v1/enroll", request, MeshJson.Default.EnrollRequest, MeshJson.Default.Enrolled, ct);

    public Task<Renewed> RenewAsync(RenewRequest request, CancellationToken ct) => PostAsync("v1/renew", request, MeshJson.Default.RenewRequest, MeshJson.Default.Renewed, ct);

    /// <summary>The nodes that joined by an invitation of this one.</summary>
    public Task<JoinedNodes> JoinedNodesAsync(CancellationToken ct) => GetAsync("v1/nodes", MeshJson.Default.JoinedNodes, ct);

    public Task<JoinedNode> ForgetNodeAsync(string name, CancellationToken ct) => CallAsync(HttpMethod.Delete, $"v1/nodes/{Uri.EscapeDataString(name)}", null, MeshJson.Default.JoinedNode, ct);
}
