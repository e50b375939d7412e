using System.Net.Http.Json;
using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.State;
using MeshMcp.Contracts.Json;

namespace MeshMcp.Contracts.Nodes;

public sealed partial class NodeClient
{
    public Task<NetmakerStatus> NetmakerAsync(CancellationToken ct) => GetAsync("v1/netmaker", MeshJson.Default.NetmakerStatus, ct);

    /// <summary>Of a node in server mode.</summary>
    public Task<NetmakerHosts> NetmakerHostsAsync(CancellationToken ct) => GetAsync("v1/netmaker/hosts", MeshJson.Default.NetmakerHosts, ct);

    /// <param name="by">How the key is handed over apart from the answer; null: it is in it.</param>
    public Task<NewEnrollmentKey> CreateEnrollmentKeyAsync(EnrollmentKeyRequest request, CancellationToken ct, HandoverWay? by = null) =>
        PostAsync($"v1/netmaker/keys{Handed(by)}", request, MeshJson.Default.EnrollmentKeyRequest, MeshJson.Default.NewEnrollmentKey, ct);

    /// <summary>Asked before anything is stored, opened or spent for a join.</summary>
    /// <exception cref="MeshException">Conflict: the node is a member already.</exception>
    public async Task RequireNoMemberAsync(NetmakerSection section, CancellationToken ct)
    {
        var now = await NetmakerAsync(ct);
        if (now.Joined && now.Network == section.Network)
            throw new MeshException(ErrorKind.Conflict, $"This node is a member of {now.Network} already{(now.Address is null ? "" : $", as {now.Address}")}; its key was left as it is.", "network", "To join anew with another key, leave first: netmaker_leave, which has to be confirmed.");
    }

    /// <summary>Puts the enrollment key on the node as the secret that its state names, once the node would take the change, and gives the edit that spends it.</summary>
    public async Task<JoinNetmaker> PrepareJoinAsync(NetmakerJoin join, CancellationToken ct)
    {
        var section = join.SectionOn((await StateAsync("desired", ct)).State);
        await RequireNoMemberAsync(section, ct);
        await PlanAsync(new() { Edits = [new JoinNetmaker(section)] }, ct);
        await PutSecretAsync(SecretReference.NameIn(section.EnrollmentKey)!, SecretKind.NetmakerEnrollmentKey, join.Key.Trim(), ct);
        return new(section);
    }

    /// <summary>Registers a network behind a host, or, with <paramref name="remove"/>, no longer.</summary>
    public Task<NetmakerHost> SetEgressAsync(EgressRequest request, bool remove, CancellationToken ct) =>
        CallAsync(HttpMethod.Post, remove ? "v1/netmaker/egress/remove" : "v1/netmaker/egress", JsonContent.Create(request, MeshJson.Default.EgressRequest), MeshJson.Default.NetmakerHost, ct);
}

public partial interface INodeMessages
{
    NetmakerStatus NetmakerStatus { get; }
    NetmakerHosts NetmakerHosts { get; }
    EnrollmentKeyRequest EnrollmentKeyRequest { get; }
    NewEnrollmentKey NewEnrollmentKey { get; }
    EgressRequest EgressRequest { get; }
}
