namespace MeshMcp.Contracts.Nodes;

/// <summary>The node's own way to the internet: <c>GET /v1/uplink</c>.</summary>
/// <param name="Interface">Null while there is none.</param>
/// <param name="Addresses">Of the uplink, IPv4.</param>
/// <param name="Published">What a container serves on these addresses.</param>
/// <param name="Killed">Packets that the adapters' kill switch dropped since our table was last made.</param>
public sealed record UplinkStatus(string? Interface, IReadOnlyList<string> Addresses, IReadOnlyList<PublishedStatus> Published, long Killed)
{
    /// <summary>What stands between the internet and the uplink's addresses, where they are not public; null: nothing that the node knows of.</summary>
    public string? Reach { get; init; }
}

/// <param name="Target">Where it goes, <c>10.1.0.202:443</c>.</param>
/// <param name="Sources">Networks that may connect; empty: everybody.</param>
/// <param name="Live">Open now; false while it waits for something.</param>
/// <param name="Connections">Since our table was last made.</param>
public sealed record PublishedStatus(string Protocol, int Port, string Container, string Target, IReadOnlyList<string> Sources, bool Live, long Connections)
{
    /// <summary>Until it is closed, or as it was before, by itself; null: it stays.</summary>
    public double? SecondsLeft { get; init; }
}
