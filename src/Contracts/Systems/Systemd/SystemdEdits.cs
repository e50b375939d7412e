using System.Text.Json.Serialization;
using MeshMcp.Contracts.State;

namespace MeshMcp.Contracts.Edits;

[JsonDerivedType(typeof(SetUnit), "setUnit")]
[JsonDerivedType(typeof(ReleaseUnit), "releaseUnit")]
public abstract partial record Edit;

/// <summary>Says what a unit is to be; what is left out stays as the state has it.</summary>
/// <param name="ActiveState"><c>active</c> or <c>inactive</c>.</param>
public sealed record SetUnit([property: JsonRequired] string Unit, bool? Enabled = null, [property: JsonPropertyName("active_state")] string? ActiveState = null, bool? Masked = null) : Edit
{
    [JsonIgnore] public override string Section => "systemd";
    [JsonIgnore] public override string Item => $"systemd.units[{Unit}]";

    public override NodeState Apply(NodeState state)
    {
        var before = state.Systemd?.Units.GetValueOrDefault(Unit);
        return Units.With(state, Unit, new() { Enabled = Enabled ?? before?.Enabled, ActiveState = ActiveState ?? before?.ActiveState, Masked = Masked ?? before?.Masked });
    }

    public override string Describe() =>
        $"set unit {Unit}:{(Enabled is { } enabled ? enabled ? " enabled" : " disabled" : "")}{(ActiveState is null ? "" : $" {ActiveState}")}{(Masked is { } masked ? masked ? " masked" : " unmasked" : "")}";
}

/// <summary>Takes a unit out of the state: it becomes what it was before.</summary>
public sealed record ReleaseUnit([property: JsonRequired] string Unit) : Edit
{
    [JsonIgnore] public override string Section => "systemd";
    [JsonIgnore] public override string Item => $"systemd.units[{Unit}]";

    public override NodeState Apply(NodeState state) => Units.With(state, Unit, null);

    public override string Describe() => $"release unit {Unit}";
}

static class Units
{
    /// <summary>The same state where nothing changes.</summary>
    public static NodeState With(NodeState state, string name, UnitState? unit) =>
        state.Systemd?.Units.GetValueOrDefault(name) == unit ? state : state with { Systemd = new() { Units = ItemList.With(state.Systemd?.Units, name, unit) } };
}
