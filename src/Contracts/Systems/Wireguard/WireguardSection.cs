using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace MeshMcp.Contracts.State;

public sealed partial record NodeState
{
    [JsonPropertyOrder(3)] public WireguardSection? Wireguard { get; init; }
}

/// <summary>WireGuard tunnels that this node owns.</summary>
public sealed record WireguardSection : IStateSection
{
    [JsonPropertyName("warp_tunnel")] public WarpTunnel? WarpTunnel { get; init; }
    [JsonPropertyName("vpn_server")] public VpnServer? VpnServer { get; init; }

    string? IStateSection.NameOf(string list, JsonNode member) => list == "vpn_server.clients" ? (string?)member["name"] : null;
}

/// <summary>The way out through Cloudflare.</summary>
public sealed record WarpTunnel
{
    public required string Interface { get; init; }
    public bool Enabled { get; set; } = true;
    /// <summary>Only "attach this tunnel to the bridge" in the words of <c>ovs-vsctl add-port</c>, which the adapter does.</summary>
    [JsonPropertyName("post_up")] public string? PostUp { get; init; }
    [JsonPropertyName("pre_down")] public string? PreDown { get; init; }
    /// <summary><c>secret:NAME</c> of a profile in wgcf's format; <c>secret:warp-profile</c> unless given.</summary>
    public string Profile { get; set; } = "secret:warp-profile";
}

/// <summary>WireGuard for people's own devices.</summary>
public sealed record VpnServer
{
    public required string Interface { get; init; }
    [JsonPropertyName("listen_port")] public required int ListenPort { get; init; }
    /// <summary>Network of the clients, <c>10.8.0.0/24</c>; its first host is the server's own address.</summary>
    [JsonPropertyName("ip_pool")] public required string IpPool { get; init; }
    /// <summary>Keys of new clients are made here; otherwise the caller brings a public key.</summary>
    [JsonPropertyName("auto_provision")] public bool AutoProvision { get; init; }
    /// <summary>Where clients reach this server, <c>vpn.example:51820</c>; for their configurations.</summary>
    public string? Endpoint { get; init; }
    /// <summary>Tunnel that the clients' other traffic leaves by (<c>warp0</c>); none: they reach the containers only.</summary>
    public string? Exit { get; init; }
    /// <summary>Name servers for client configurations.</summary>
    public IReadOnlyList<string> Dns { get; set; } = [];
    public IReadOnlyList<VpnClient> Clients { get; set; } = [];
}

/// <summary>One device that may connect.</summary>
public sealed record VpnClient
{
    public required string Name { get; init; }
    /// <summary>Its address, without a prefix length.</summary>
    public required string Address { get; init; }
    [JsonPropertyName("public_key")] public required string PublicKey { get; init; }
    /// <summary><c>secret:NAME</c> of the preshared key.</summary>
    [JsonPropertyName("preshared_key")] public string? PresharedKey { get; init; }
    /// <summary>From then on the peer is gone.</summary>
    public DateTimeOffset? Expires { get; init; }
}
