using System.Text.Json.Serialization;
using MeshMcp.Contracts.State;

namespace MeshMcp.Contracts.Edits;

/// <summary>Says what a unit is to be; what is left out stays as the state has it.</summary>
/// <param name="ActiveState"><c>active</c> or <c>inactive</c>.</param>
public sealed record SetUnit([property: JsonRequired] string Unit, bool? Enabled = null, [property: JsonPropertyName("active_state")] string? ActiveState = null, bool? Masked = null) : Edit
{
    [JsonIgnore] public override string Section => "systemd";
    [JsonIgnore] public override string Item => $"systemd.units[{Unit}]";

    public override NodeState Apply(NodeState state)
    {
        var before = state.Systemd?.Units.GetValueOrDefault(Unit);
        return HostItems.WithUnit(state, Unit, new() { Enabled = Enabled ?? before?.Enabled, ActiveState = ActiveState ?? before?.ActiveState, Masked = Masked ?? before?.Masked });
    }

    public override string Describe() =>
        $"set unit {Unit}:{(Enabled is { } enabled ? enabled ? " enabled" : " disabled" : "")}{(ActiveState is null ? "" : $" {ActiveState}")}{(Masked is { } masked ? masked ? " masked" : " unmasked" : "")}";
}

/// <summary>Takes a unit out of the state: it becomes what it was before.</summary>
public sealed record ReleaseUnit([property: JsonRequired] string Unit) : Edit
{
    [JsonIgnore] public override string Section => "systemd";
    [JsonIgnore] public override string Item => $"systemd.units[{Unit}]";

    public override NodeState Apply(NodeState state) => HostItems.WithUnit(state, Unit, null);

    public override string Describe() => $"release unit {Unit}";
}

/// <param name="Latest">Also updated whenever a source has a newer version.</param>
public sealed record InstallPackage([property: JsonRequired] string Package, bool Latest = false) : Edit
{
    [JsonIgnore] public override string Section => "packagekit";
    [JsonIgnore] public override string Item => $"packagekit.packages[{Package}]";

    public override NodeState Apply(NodeState state) => HostItems.WithPackage(state, Package, Latest ? Ensure.Latest : Ensure.Installed);

    public override string Describe() => $"install package {Package}{(Latest ? ", the latest" : "")}";
}

public sealed record RemovePackage([property: JsonRequired] string Package) : Edit
{
    [JsonIgnore] public override string Section => "packagekit";
    [JsonIgnore] public override string Item => $"packagekit.packages[{Package}]";

    public override NodeState Apply(NodeState state) => HostItems.WithPackage(state, Package, Ensure.Removed);

    public override string Describe() => $"remove package {Package}";
}

/// <summary>Takes a package out of the state: it stays as it is, but for one that the state removed, which is installed again.</summary>
public sealed record ReleasePackage([property: JsonRequired] string Package) : Edit
{
    [JsonIgnore] public override string Section => "packagekit";
    [JsonIgnore] public override string Item => $"packagekit.packages[{Package}]";

    public override NodeState Apply(NodeState state) => HostItems.WithPackage(state, Package, null);

    public override string Describe() => $"release package {Package}";
}

static class HostItems
{
    /// <summary>The same state where nothing changes.</summary>
    public static NodeState WithUnit(NodeState state, string name, UnitState? unit) =>
        state.Systemd?.Units.GetValueOrDefault(name) == unit ? state : state with { Systemd = new() { Units = With(state.Systemd?.Units, name, unit) } };

    public static NodeState WithPackage(NodeState state, string name, Ensure? ensure) =>
        state.Packagekit?.Packages.GetValueOrDefault(name)?.Ensure == ensure ? state
            : state with { Packagekit = new() { Packages = With(state.Packagekit?.Packages, name, ensure is { } wanted ? new PackageState { Ensure = wanted } : null) } };

    static SortedDictionary<string, T> With<T>(IReadOnlyDictionary<string, T>? all, string name, T? item) where T : class
    {
        var items = new SortedDictionary<string, T>(StringComparer.Ordinal);
        foreach (var (key, value) in all ?? new Dictionary<string, T>()) items[key] = value;
        if (item is null) items.Remove(name);
        else items[name] = item;
        return items;
    }
}
