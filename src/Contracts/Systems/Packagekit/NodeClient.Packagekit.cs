using MeshMcp.Contracts.Json;

namespace MeshMcp.Contracts.Nodes;

public sealed partial class NodeClient
{
    /// <param name="name">Null: those of the desired state.</param>
    public Task<PackageList> PackagesAsync(string? name, CancellationToken ct) => GetAsync($"v1/packages{Named(name)}", MeshJson.Default.PackageList, ct);
}

public partial interface INodeMessages
{
    PackageList PackageList { get; }
}
