using MeshMcp.Contracts.Nodes;
using MeshMcp.Tools.Answers;

namespace MeshMcp.Tools.Tunnels;

/// <summary>Answer of <c>netmaker_status</c>.</summary>
/// <param name="Mode"><c>client</c> or <c>server</c>; left out when the node is in no network.</param>
public sealed record ShownNetmaker(string Node, string Verdict, string? Mode, string? Network, string? Interface, string? Address, string? Server, bool? ServerAnswers,
    IReadOnlyList<NetmakerEgress> Egress, int PeersTotal, IReadOnlyList<NetmakerPeer> Peers) : Told;

/// <summary>Answer of <c>netmaker_hosts</c>.</summary>
public sealed record ShownHosts(string Node, int Total, IReadOnlyList<NetmakerHost> Hosts, int? NextCursor) : Told;

/// <summary>Answer of <c>create_enrollment_key</c>.</summary>
/// <param name="Token">Only where it was to be revealed.</param>
sealed record ShownKey(string Node, string Name, string Network, string? Token, int? Uses, DateTimeOffset? Expires, bool Unlimited = false) : Told
{
    public ShownHandover? Handover { get; init; }
}
