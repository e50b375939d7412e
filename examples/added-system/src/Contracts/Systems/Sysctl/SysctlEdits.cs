using System.Text.Json.Serialization;
using MeshMcp.Contracts.State;

namespace MeshMcp.Contracts.Edits;

[JsonDerivedType(typeof(SetSysctl), "setSysctl")]
public abstract partial record Edit;

/// <summary>Sets one setting of the kernel.</summary>
/// <param name="Value">Null: it becomes what it was before.</param>
public sealed record SetSysctl([property: JsonRequired] string Name, string? Value) : Edit
{
    [JsonIgnore] public override string Section => "sysctl";
    [JsonIgnore] public override string Item => $"sysctl.values.{Name}";

    public override NodeState Apply(NodeState state) =>
        state.Sysctl?.Values.GetValueOrDefault(Name) == Value ? state : state with { Sysctl = new() { Values = ItemList.With(state.Sysctl?.Values, Name, Value) } };

    public override string Describe() => Value is null ? $"release {Name}" : $"set {Name} to {Value}";
}
