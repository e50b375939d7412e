namespace MeshMcp.Tools.Topology;

/// <summary>The mesh at one look.</summary>
public sealed record MeshTopology(IReadOnlyList<TopologyNode> Nodes);

/// <param name="Problem">Why it is not reachable.</param>
public sealed record TopologyNode(string Name, bool Reachable, string? Problem = null)
{
    public string? Bridge { get; init; }
    /// <summary>Of the bridge, with its prefix length.</summary>
    public string? Address { get; init; }
    public IReadOnlyList<TopologyPort>? Ports { get; init; }
    /// <summary>Ids of the containers that should be there.</summary>
    public IReadOnlyList<string>? Containers { get; init; }
    /// <summary>How many are on the switch.</summary>
    public int? Flows { get; init; }
    public bool? Serves { get; init; }
}

public sealed record TopologyPort(string Name, int? Ofport);
