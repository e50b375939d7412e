using System.Security.Cryptography;
using MeshMcp.Contracts.Joining;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.State;
using MeshMcp.Contracts.Trust;

namespace MeshMcp.Contracts.Nodes;

public sealed partial class NodeClient
{
    /// <summary>On the Netmaker server's node, an invitation without a key gets one for one use.</summary>
    /// <param name="by">How the invitation is handed over apart from the answer; null: it is in it.</param>
    public async Task<Invited> InviteAsync(InviteRequest request, CancellationToken ct, HandoverWay? by = null) =>
        await PostAsync($"v1/invites{Handed(by)}", await WithKeyAsync(request, ct), MeshJson.Default.InviteRequest, MeshJson.Default.Invited, ct);

    async Task<InviteRequest> WithKeyAsync(InviteRequest request, CancellationToken ct)
    {
        var status = await NetmakerAsync(ct);
        if (request.NetmakerKey is not null || status is not { Mode: NetmakerMode.Server, Joined: true }) return request with { Network = status.Network };
        // Names of keys are never used again, and a node may be invited more than once.
        var name = $"{request.Node[..Math.Min(request.Node.Length, 24)]}-{RandomNumberGenerator.GetHexString(6, lowercase: true)}";
        var key = await CreateEnrollmentKeyAsync(new(name, Uses: 1), ct);
        return request with { NetmakerKey = key.Token, Network = key.Network };
    }

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
