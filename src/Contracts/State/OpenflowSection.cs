namespace MeshMcp.Contracts.State;

/// <summary>Flows by bridge, each one string in the form <c>priority=100,tcp,tp_dst=9573,actions=output:veth200</c>.</summary>
public sealed record OpenflowSection
{
    public IReadOnlyDictionary<string, BridgeFlows> Bridges { get; set; } = new Dictionary<string, BridgeFlows>();
}

public sealed record BridgeFlows
{
    public IReadOnlyList<string> Flows { get; set; } = [];
}
