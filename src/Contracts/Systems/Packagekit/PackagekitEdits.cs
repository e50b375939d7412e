using System.Text.Json.Serialization;
using MeshMcp.Contracts.State;

namespace MeshMcp.Contracts.Edits;

[JsonDerivedType(typeof(InstallPackage), "installPackage")]
[JsonDerivedType(typeof(RemovePackage), "removePackage")]
[JsonDerivedType(typeof(ReleasePackage), "releasePackage")]
public abstract partial record Edit;

/// <param name="Latest">Also updated whenever a source has a newer version.</param>
public sealed record InstallPackage([property: JsonRequired] string Package, bool Latest = false) : Edit
{
    [JsonIgnore] public override string Section => "packagekit";
    [JsonIgnore] public override string Item => $"packagekit.packages[{Package}]";

    public override NodeState Apply(NodeState state) => Packages.With(state, Package, Latest ? Ensure.Latest : Ensure.Installed);

    public override string Describe() => $"install package {Package}{(Latest ? ", the latest" : "")}";
}

public sealed record RemovePackage([property: JsonRequired] string Package) : Edit
{
    [JsonIgnore] public override string Section => "packagekit";
    [JsonIgnore] public override string Item => $"packagekit.packages[{Package}]";

    public override NodeState Apply(NodeState state) => Packages.With(state, Package, Ensure.Removed);

    public override string Describe() => $"remove package {Package}";
}

/// <summary>Takes a package out of the state: it stays as it is, but for one that the state removed, which is installed again.</summary>
public sealed record ReleasePackage([property: JsonRequired] string Package) : Edit
{
    [JsonIgnore] public override string Section => "packagekit";
    [JsonIgnore] public override string Item => $"packagekit.packages[{Package}]";

    public override NodeState Apply(NodeState state) => Packages.With(state, Package, null);

    public override string Describe() => $"release package {Package}";
}

static class Packages
{
    /// <summary>The same state where nothing changes.</summary>
    public static NodeState With(NodeState state, string name, Ensure? ensure) =>
        state.Packagekit?.Packages.GetValueOrDefault(name)?.Ensure == ensure ? state
            : state with { Packagekit = new() { Packages = ItemList.With(state.Packagekit?.Packages, name, ensure is { } wanted ? new PackageState { Ensure = wanted } : null) } };
}
