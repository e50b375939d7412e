using System.Text.Json.Serialization;
using MeshMcp.Contracts.Changes;

namespace MeshMcp.Contracts.Nodes;

/// <summary>Answer of <c>GET /v1/wireguard</c>: every WireGuard device of the node, and those that are wanted but not there. No private or preshared key is ever in it.</summary>
public sealed record WireguardStatus(IReadOnlyList<WireguardInterface> Interfaces);

/// <param name="Role"><c>warp</c>, <c>vpn</c>, <c>netmaker</c>, or <c>other</c>: somebody else's.</param>
/// <param name="Verdict">In words: <c>up</c>, <c>never connected</c>, <c>silent since …</c>, <c>up, 2 of 5 clients connected</c>, <c>off</c>, <c>waiting for …</c>.</param>
public sealed record WireguardInterface(string Name, string Role, string Verdict)
{
    public string? PublicKey { get; init; }
    public int? ListenPort { get; init; }
    /// <summary>With prefix length.</summary>
    public string? Address { get; init; }
    public int? Mtu { get; init; }
    /// <summary><c>meshmcp</c>, the systemd unit that brings it up, or <c>other</c>; absent while there is no device.</summary>
    public string? Owner { get; init; }
    public IReadOnlyList<WireguardPeer> Peers { get; set; } = [];

    /// <summary>It carries what it should, or is not to carry anything.</summary>
    [JsonIgnore]
    public bool IsWell => Verdict is "up" or "off" || Verdict.StartsWith("up, ", StringComparison.Ordinal);
}

/// <param name="Verdict">In words: <c>up</c>, <c>never connected</c>, <c>silent since …</c>, <c>expired</c>, <c>waiting for …</c>.</param>
public sealed record WireguardPeer(string PublicKey, string Verdict)
{
    /// <summary>Of a VPN client.</summary>
    public string? Name { get; init; }
    /// <summary>Where it was last heard from.</summary>
    public string? Endpoint { get; init; }
    public IReadOnlyList<string> AllowedIps { get; set; } = [];
    /// <summary>Seconds since the last handshake.</summary>
    public long? HandshakeAge { get; init; }
    /// <summary>Bytes.</summary>
    public long Received { get; init; }
    /// <summary>Bytes.</summary>
    public long Sent { get; init; }
    public DateTimeOffset? Expires { get; init; }
}

/// <summary>Body of <c>POST /v1/wireguard/clients</c>.</summary>
public sealed record NewVpnClient
{
    public required string Name { get; init; }
    /// <summary>Of a key pair that the caller made; without it one is made here, where the server's <c>auto_provision</c> says so.</summary>
    public string? PublicKey { get; init; }
    /// <summary>The lowest free one of the pool unless given.</summary>
    public string? Address { get; init; }
    public DateTimeOffset? Expires { get; init; }
    /// <summary>The client is there already and gets new keys; the old ones end. Address and expiry stay unless given.</summary>
    public bool Renew { get; init; }
    public int? ConfirmWithin { get; init; }
    public string? Why { get; init; }
}

/// <summary>What a new client needs, given out this once.</summary>
/// <param name="Configuration">For <c>wg-quick</c> and the WireGuard apps, with the private key unless the caller made that himself. Empty where it is handed over.</param>
/// <param name="Notes">What is still missing in it, and what to know.</param>
public sealed record VpnAccess(string Name, string Address, string PublicKey, DateTimeOffset? Expires, string Configuration, IReadOnlyList<string> Notes, Generation? Generation) : IHandedOver
{
    /// <summary>What of it cannot be done yet; null when nothing waits.</summary>
    public IReadOnlyList<Finding>? Waits { get; init; }

    public Handover? Handover { get; init; }

    public HandedOver Secret() => new(HandedKind.VpnClient, $"VPN client {Name}", [new("Configuration", Configuration, $"{Name}.conf", true)]);

    public IHandedOver Without(Handover where) => this with { Configuration = "", Handover = where };

    /// <summary>The configuration is a secret: it is not in what a log might print.</summary>
    public override string ToString() => $"{Name} {Address}";
}
