using System.Text.Json.Serialization;
using MeshMcp.Contracts.State;

namespace MeshMcp.Contracts.Edits;

[JsonDerivedType(typeof(SetTuning), "setTuning")]
public abstract partial record Edit;

/// <summary>Sets one setting of the kernel.</summary>
/// <param name="Value">Null: it becomes what it was before.</param>
public sealed record SetTuning([property: JsonRequired] string Name, string? Value) : Edit
{
    [JsonIgnore] public override string Section => "tuning";
    [JsonIgnore] public override string Item => $"tuning.values.{Name}";

    public override NodeState Apply(NodeState state) =>
        state.Tuning?.Values.GetValueOrDefault(Name) == Value ? state : state with { Tuning = new() { Values = ItemList.With(state.Tuning?.Values, Name, Value) } };

    public override string Describe() => Value is null ? $"release {Name}" : $"set {Name} to {Value}";
}
