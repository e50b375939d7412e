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
    /// <summary>Their addresses, with prefix length, by id; those that have one.</summary>
    public IReadOnlyDictionary<string, string>? Addresses { get; init; }
    public IReadOnlyList<TopologyTunnel>? Tunnels { get; init; }
    /// <summary>Addresses of the VPN clients that may connect, by name.</summary>
    public IReadOnlyDictionary<string, string>? VpnClients { get; init; }
    /// <summary>How many are on the switch.</summary>
    public int? Flows { get; init; }
    public bool? Serves { get; init; }
}

public sealed record TopologyPort(string Name, int? Ofport);

/// <param name="Name">Of its device; in flows it goes by that.</param>
/// <param name="Clients">Network of its clients.</param>
/// <param name="Exit">The tunnel by which these reach the internet.</param>
public sealed record TopologyTunnel(string Name, string? Clients = null, string? Exit = null);
