using System.Text.Json.Serialization;
using MeshMcp.Contracts.Flows;
using MeshMcp.Contracts.State;

namespace MeshMcp.Contracts.Edits;

/// <summary>Adds a flow, or replaces the actions of the one with the same table, priority and match.</summary>
/// <param name="Flow">In the form <c>priority=100,tcp,tp_dst=9573,actions=output:veth200</c>.</param>
public sealed record AddFlow([property: JsonRequired] string Flow, string? Bridge = null) : Edit
{
    [JsonIgnore] public override string Section => "openflow";

    public override NodeState Apply(NodeState state)
    {
        var key = FlowText.Parse(Flow).MatchKey;
        return FlowTable.With(state, Bridge, flows => flows.Any(f => f == Flow)
            ? flows
            : [.. flows.Where(f => FlowTable.KeyOf(f) != key), Flow]);
    }

    public override string Describe() => $"add flow {Flow}";
}
