using System.Net.Http.Json;
using System.Text.Json;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Json;

namespace MeshMcp.Contracts.Nodes;

public sealed partial class NodeClient
{
    /// <summary>Newest first.</summary>
    /// <param name="before">Only those with a lower number.</param>
    public Task<EditList> EditsAsync(int limit, CancellationToken ct, int? before = null) => GetAsync($"v1/edits?limit={limit}{Before(before)}", MeshJson.Default.EditList, ct);

    /// <param name="to">The newest generation unless given.</param>
    public Task<StateDiff> DiffAsync(int from, int? to, CancellationToken ct) => GetAsync($"v1/diff?from={from}{(to is null ? "" : $"&to={to}")}", MeshJson.Default.StateDiff, ct);

    /// <summary>Asks what the node thinks of a declared document, without planning it.</summary>
    public Task<StateCheck> ValidateAsync(JsonElement declared, CancellationToken ct) => PostAsync("v1/validate", declared, MeshJson.Default.JsonElement, MeshJson.Default.StateCheck, ct);

    /// <summary>Takes what is ours on the host into the desired state; told like any change.</summary>
    public IAsyncEnumerable<ApplyEvent> AdoptAsync(AdoptRequest request, CancellationToken ct) =>
        LinesAsync(HttpMethod.Post, "v1/adopt", JsonContent.Create(request, MeshJson.Default.AdoptRequest), MeshJson.Default.ApplyEvent, ct);

    public Task<BackupContent> BackupAsync(BackupRequest request, CancellationToken ct) => PostAsync("v1/backup", request, MeshJson.Default.BackupRequest, MeshJson.Default.BackupContent, ct);

    public IAsyncEnumerable<ApplyEvent> RestoreAsync(RestoreRequest request, CancellationToken ct) =>
        LinesAsync(HttpMethod.Post, "v1/restore", JsonContent.Create(request, MeshJson.Default.RestoreRequest), MeshJson.Default.ApplyEvent, ct);
}
