using MeshMcp.Contracts.Json;

namespace MeshMcp.Contracts.Nodes;

public sealed partial class NodeClient
{
    public Task<XrayStatus> XrayAsync(CancellationToken ct) => GetAsync("v1/xray", MeshJson.Default.XrayStatus, ct);

    /// <summary>Adds a user by an edit and returns the share links, this once.</summary>
    /// <param name="by">How the links are handed over apart from the answer; null: they are in it.</param>
    public Task<AddedXrayUser> AddXrayUserAsync(NewXrayUser user, CancellationToken ct, HandoverWay? by = null) => PostAsync($"v1/xray/users{Handed(by)}", user, MeshJson.Default.NewXrayUser, MeshJson.Default.AddedXrayUser, ct);

    public Task<RemovedXrayUser> RemoveXrayUserAsync(string name, CancellationToken ct) =>
        CallAsync(HttpMethod.Delete, $"v1/xray/users/{Uri.EscapeDataString(name)}", null, MeshJson.Default.RemovedXrayUser, ct);

    /// <summary>Needs scope admin.</summary>
    /// <inheritdoc cref="AddXrayUserAsync"/>
    public Task<XrayUserLinks> XrayLinksAsync(string name, CancellationToken ct, HandoverWay? by = null) => GetAsync($"v1/xray/users/{Uri.EscapeDataString(name)}/links{Handed(by)}", MeshJson.Default.XrayUserLinks, ct);
}

public partial interface INodeMessages
{
    XrayStatus XrayStatus { get; }
    NewXrayUser NewXrayUser { get; }
    AddedXrayUser AddedXrayUser { get; }
    RemovedXrayUser RemovedXrayUser { get; }
    XrayUserLinks XrayUserLinks { get; }
}
