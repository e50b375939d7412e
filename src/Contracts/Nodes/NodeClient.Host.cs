using MeshMcp.Contracts.Json;

namespace MeshMcp.Contracts.Nodes;

public sealed partial class NodeClient
{
    /// <param name="name">A unit, or a pattern (<c>wg-quick@*</c>); null: those of the desired state.</param>
    public Task<UnitList> UnitsAsync(string? name, CancellationToken ct) => GetAsync($"v1/units{Query(name)}", MeshJson.Default.UnitList, ct);

    /// <param name="name">Null: those of the desired state.</param>
    public Task<PackageList> PackagesAsync(string? name, CancellationToken ct) => GetAsync($"v1/packages{Query(name)}", MeshJson.Default.PackageList, ct);

    static string Query(string? name) => name is null ? "" : $"?name={Uri.EscapeDataString(name)}";
}
