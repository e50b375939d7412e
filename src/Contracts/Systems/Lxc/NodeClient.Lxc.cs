using System.Net.Http.Json;
using MeshMcp.Contracts.Json;

namespace MeshMcp.Contracts.Nodes;

public sealed partial class NodeClient
{
    /// <param name="lines">Last lines of each service's log.</param>
    public Task<ContainerList> ContainersAsync(int lines, CancellationToken ct) => GetAsync($"v1/containers?lines={lines}", MeshJson.Default.ContainerList, ct);

    public Task<ContainerExecResult> ExecAsync(string id, ContainerExec exec, CancellationToken ct) =>
        CallAsync(HttpMethod.Post, $"v1/containers/{Uri.EscapeDataString(id)}/exec", JsonContent.Create(exec, MeshJson.Default.ContainerExec), MeshJson.Default.ContainerExecResult, ct,
            AnswerWithin + TimeSpan.FromSeconds(Math.Clamp(exec.TimeoutSeconds, 0, ContainerExec.MostSeconds)));

    public Task<ContainerOperation> RestartContainerAsync(string id, string? why, CancellationToken ct) =>
        PostAsync($"v1/containers/{Uri.EscapeDataString(id)}/restart", new Operation(why), MeshJson.Default.Operation, MeshJson.Default.ContainerOperation, ct);

    /// <summary>Removes the files of a deleted container for good.</summary>
    /// <inheritdoc cref="PurgeRequest"/>
    public Task<ContainerOperation> PurgeContainerAsync(string id, string? why, CancellationToken ct, IReadOnlyList<string>? only = null) =>
        PostAsync($"v1/containers/{Uri.EscapeDataString(id)}/purge", new PurgeRequest(why, only), MeshJson.Default.PurgeRequest, MeshJson.Default.ContainerOperation, ct);
}

public partial interface INodeMessages
{
    ContainerList ContainerList { get; }
    ContainerExec ContainerExec { get; }
    ContainerExecResult ContainerExecResult { get; }
    ContainerOperation ContainerOperation { get; }
    PurgeRequest PurgeRequest { get; }
    TemplateList TemplateList { get; }
    NewTemplate NewTemplate { get; }
}
