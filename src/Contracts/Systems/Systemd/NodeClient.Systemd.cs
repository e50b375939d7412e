using MeshMcp.Contracts.Json;

namespace MeshMcp.Contracts.Nodes;

public sealed partial class NodeClient
{
    /// <param name="name">A unit, or a pattern (<c>wg-quick@*</c>); null: those of the desired state.</param>
    public Task<UnitList> UnitsAsync(string? name, CancellationToken ct) => GetAsync($"v1/units{Named(name)}", MeshJson.Default.UnitList, ct);
}

public partial interface INodeMessages
{
    UnitList UnitList { get; }
}
