using System.Text.Json.Serialization;

namespace MeshMcp.Contracts.State;

/// <summary>WireGuard tunnels that this node owns.</summary>
public sealed record WireguardSection
{
    [JsonPropertyName("warp_tunnel")] public WarpTunnel? WarpTunnel { get; init; }
    [JsonPropertyName("vpn_server")] public VpnServer? VpnServer { get; init; }
}

public sealed record WarpTunnel
{
    public required string Interface { get; init; }
    public bool Enabled { get; set; } = true;
    [JsonPropertyName("post_up")] public string? PostUp { get; init; }
    [JsonPropertyName("pre_down")] public string? PreDown { get; init; }
}

public sealed record VpnServer
{
    public required string Interface { get; init; }
    [JsonPropertyName("listen_port")] public required int ListenPort { get; init; }
    [JsonPropertyName("ip_pool")] public required string IpPool { get; init; }
    [JsonPropertyName("auto_provision")] public bool AutoProvision { get; init; }
}
