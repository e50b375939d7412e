using System.Text.Json.Serialization;
using MeshMcp.Contracts.Json;

namespace MeshMcp.Contracts.State;

public sealed partial record NodeState
{
    [JsonPropertyOrder(9)] public PackagekitSection? Packagekit { get; init; }
}

public sealed record PackagekitSection : IStateSection
{
    public IReadOnlyDictionary<string, PackageState> Packages { get; set; } = new Dictionary<string, PackageState>();

    bool IStateSection.IsNamed(string field) => field == "packages";
}

public sealed record PackageState
{
    public required Ensure Ensure { get; init; }
}

[JsonConverter(typeof(CamelCase<Ensure>))]
public enum Ensure { Installed, Removed, Latest }
