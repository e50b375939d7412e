using MeshMcp.Contracts.Json;

namespace MeshMcp.Contracts.Nodes;

public sealed partial class NodeClient
{
    public Task<XrayStatus> XrayAsync(CancellationToken ct) => GetAsync("v1/xray", MeshJson.Default.XrayStatus, ct);

    /// <summary>Adds a user by an edit and returns the share links, this once.</summary>
    public Task<AddedXrayUser> AddXrayUserAsync(NewXrayUser user, CancellationToken ct) => PostAsync("v1/xray/users", user, MeshJson.Default.NewXrayUser, MeshJson.Default.AddedXrayUser, ct);

    public Task<RemovedXrayUser> RemoveXrayUserAsync(string name, CancellationToken ct) =>
        CallAsync(HttpMethod.Delete, $"v1/xray/users/{Uri.EscapeDataString(name)}", null, MeshJson.Default.RemovedXrayUser, ct);

    /// <summary>Needs scope admin.</summary>
    public Task<XrayUserLinks> XrayLinksAsync(string name, CancellationToken ct) => GetAsync($"v1/xray/users/{Uri.EscapeDataString(name)}/links", MeshJson.Default.XrayUserLinks, ct);
}

public partial interface INodeMessages
{
    XrayStatus XrayStatus { get; }
    NewXrayUser NewXrayUser { get; }
    AddedXrayUser AddedXrayUser { get; }
    RemovedXrayUser RemovedXrayUser { get; }
    XrayUserLinks XrayUserLinks { get; }
}
