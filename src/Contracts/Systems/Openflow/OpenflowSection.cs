using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using MeshMcp.Contracts.Edits;

namespace MeshMcp.Contracts.State;

public sealed partial record NodeState
{
    [JsonPropertyOrder(4)] public OpenflowSection? Openflow { get; init; }
}

/// <summary>Flows by bridge, each one string in the form <c>priority=100,tcp,tp_dst=9573,actions=output:veth200</c>.</summary>
public sealed record OpenflowSection : IStateSection
{
    public IReadOnlyDictionary<string, BridgeFlows> Bridges { get; set; } = new Dictionary<string, BridgeFlows>();

    string? IStateSection.NameOf(string list, JsonNode member) => FlowTable.KeyOf((string)member!);
}

public sealed record BridgeFlows
{
    public IReadOnlyList<string> Flows { get; set; } = [];
}
