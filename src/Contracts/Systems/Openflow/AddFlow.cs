using System.Text.Json.Serialization;
using MeshMcp.Contracts.State;

namespace MeshMcp.Contracts.Edits;

[JsonDerivedType(typeof(AddFlow), "addFlow")]
public abstract partial record Edit;

/// <summary>Adds a flow, or replaces the actions of the one with the same table, priority and match.</summary>
/// <param name="Flow">In the form <c>priority=100,tcp,tp_dst=9573,actions=output:veth200</c>.</param>
public sealed record AddFlow([property: JsonRequired] string Flow, string? Bridge = null) : Edit
{
    [JsonIgnore] public override string Section => "openflow";
    [JsonIgnore] public override string Item => FlowTable.ItemOf(Flow, Bridge);
    [JsonIgnore] public override bool CanExpire => true;

    public override NodeState Apply(NodeState state)
    {
        var key = FlowTable.KeyOf(Flow);
        return FlowTable.With(state, Bridge, flows =>
        {
            var at = flows.ToList().FindIndex(f => FlowTable.KeyOf(f) == key);
            if (at < 0) return [.. flows, Flow];
            return FlowTable.Same(flows[at], Flow) ? flows : [.. flows.Take(at), Flow, .. flows.Skip(at + 1)];
        });
    }

    public override string Describe() => $"add flow {Flow}";
}
