using System.Text.Json.Serialization;
using MeshMcp.Contracts.State;

namespace MeshMcp.Contracts.Edits;

[JsonDerivedType(typeof(DeleteFlow), "deleteFlow")]
public abstract partial record Edit;

/// <summary>Takes a flow out of the desired state.</summary>
/// <param name="Flow">As for <see cref="AddFlow"/>; a request may leave out the actions and whatever else is not needed to name exactly one flow.</param>
public sealed record DeleteFlow([property: JsonRequired] string Flow, string? Bridge = null) : Edit
{
    [JsonIgnore] public override string Section => "openflow";
    [JsonIgnore] public override string Item => FlowTable.ItemOf(Flow, Bridge);

    public override NodeState Apply(NodeState state)
    {
        var key = FlowTable.KeyOf(Flow);
        return FlowTable.With(state, Bridge, flows => ItemList.Remove(flows, f => FlowTable.KeyOf(f) == key));
    }

    public override string Describe() => $"delete flow {Flow}";
}
