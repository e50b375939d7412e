using MeshMcp.Contracts.State;

namespace MeshMcp.Contracts.Nodes;

/// <summary>A node's part in its Netmaker network, as it is now.</summary>
/// <param name="Mode">Null when the state has no section <c>netmaker</c>.</param>
/// <param name="Interface">The device that netclient makes.</param>
/// <param name="Address">The node's own in the network, with prefix length; null while it is no member.</param>
/// <param name="Server">The server's API address.</param>
/// <param name="ServerAnswers">Null when it was not asked.</param>
/// <param name="Egress">Networks behind this node that the others reach through it.</param>
/// <param name="Verdict">In words: whether it works, and otherwise what to do.</param>
public sealed record NetmakerStatus(
    NetmakerMode? Mode, string? Network, string? Interface, bool Joined, bool DeviceUp, string? Address, string? Server, bool? ServerAnswers,
    IReadOnlyList<NetmakerEgress> Egress, IReadOnlyList<NetmakerPeer> Peers, string Verdict);

/// <param name="Registered">The server tells the others about it.</param>
public sealed record NetmakerEgress(string Range, bool Registered);

/// <summary>Another member, as the WireGuard device sees it.</summary>
/// <param name="Name">Its host's name where the server tells it.</param>
/// <param name="Endpoint">Where it was last heard.</param>
/// <param name="HandshakeAge">Seconds; null when there was none.</param>
/// <param name="Alive">A handshake within three minutes.</param>
public sealed record NetmakerPeer(string? Name, string PublicKey, string? Address, IReadOnlyList<string> Egress, string? Endpoint, long? HandshakeAge, long Received, long Sent, bool Alive);

/// <summary>What a new enrollment key allows. Exactly one of uses, expiry and unlimited.</summary>
/// <param name="Name">3 to 32 characters; no two keys of a server have the same.</param>
/// <param name="Network">The node's own unless given.</param>
public sealed record EnrollmentKeyRequest(string Name, string? Network = null, int? Uses = null, DateTimeOffset? Expires = null, bool Unlimited = false);

/// <param name="Token">Spent by joining; shown this once. Empty where it is handed over.</param>
public sealed record NewEnrollmentKey(string Name, string Network, string Token, int? Uses, DateTimeOffset? Expires, bool Unlimited) : IHandedOver
{
    public Handover? Handover { get; init; }

    public HandedOver Secret() => new(HandedKind.EnrollmentKey, $"enrollment key {Name} of {Network}", [new("Key for netclient, or meshctl netmaker join", Token, $"{Name}.txt", false)]);

    public IHandedOver Without(Handover where) => this with { Token = "", Handover = where };
}

/// <summary>The machines that a Netmaker server knows.</summary>
public sealed record NetmakerHosts(IReadOnlyList<NetmakerHost> Hosts);

/// <param name="Addresses">By network, with prefix length.</param>
/// <param name="Status">The server's word: online, offline, unknown …</param>
/// <param name="LastCheckIn">Null when it never came.</param>
public sealed record NetmakerHost(
    string Id, string Name, string Endpoint, int Port, string Version, string PublicKey, IReadOnlyDictionary<string, string> Addresses, IReadOnlyList<string> Egress, string Status, DateTimeOffset? LastCheckIn);

/// <summary>A network behind a host of the server that the others reach through it.</summary>
/// <param name="Host">Name or id of the host, or its address in the network.</param>
public sealed record EgressRequest(string Host, string Range);
