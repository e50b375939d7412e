using MeshMcp.Contracts.Joining;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.Trust;

namespace MeshMcp.Contracts.Nodes;

public sealed partial class NodeClient
{
    public Task<Invited> InviteAsync(InviteRequest request, CancellationToken ct) => PostAsync("v1/invites", request, MeshJson.Default.InviteRequest, MeshJson.Default.Invited, ct);

    public Task<Enrolled> EnrollAsync(EnrollRequest request, CancellationToken ct) => PostAsync("v1/enroll", request, MeshJson.Default.EnrollRequest, MeshJson.Default.Enrolled, ct);

    public Task<Readmission> ReadmitAsync(ReadmitRequest request, CancellationToken ct) => PostAsync("v1/readmissions", request, MeshJson.Default.ReadmitRequest, MeshJson.Default.Readmission, ct);

    public Task<Renewed> RenewAsync(RenewRequest request, CancellationToken ct) => PostAsync("v1/renew", request, MeshJson.Default.RenewRequest, MeshJson.Default.Renewed, ct);

    /// <summary>What is revoked, as the node knows it; also a revoked server may ask.</summary>
    public Task<RevocationList> RevocationsAsync(CancellationToken ct) => GetAsync("v1/revocations", MeshJson.Default.RevocationList, ct);

    /// <summary>On the node that holds the authority.</summary>
    public Task<RevocationList> RevokeAsync(RevokeRequest request, CancellationToken ct) => PostAsync("v1/revocations", request, MeshJson.Default.RevokeRequest, MeshJson.Default.RevocationList, ct);

    /// <summary>The nodes that joined by an invitation of this one.</summary>
    public Task<JoinedNodes> JoinedNodesAsync(CancellationToken ct) => GetAsync("v1/nodes", MeshJson.Default.JoinedNodes, ct);

    public Task<JoinedNode> ForgetNodeAsync(string name, CancellationToken ct) => CallAsync(HttpMethod.Delete, $"v1/nodes/{Uri.EscapeDataString(name)}", null, MeshJson.Default.JoinedNode, ct);
}
