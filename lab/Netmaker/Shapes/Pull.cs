using System.Text.Json.Serialization;

namespace MeshMcp.NetmakerStandIn.Shapes;

/// <summary><c>models.ServerConfig</c></summary>
[Untagged]
record ServerConfig
{
    public string API { get; set; } = "";
    public string APIHost { get; set; } = "";
    public string APIPort { get; set; } = "";
    public string Broker { get; set; } = "";
    public string BrokerType { get; set; } = "mosquitto";
    public string CoreDNSAddr { get; set; } = "";
    public string DefaultDomain { get; set; } = "nm.internal";
    public string DNSMode { get; set; } = "off";
    public bool EndpointDetection { get; set; }
    public string GRPC { get; set; } = "";
    public int IPDetectionInterval { get; set; } = 15;
    public bool Is_EE { get; set; }
    public bool ManageDNS { get; set; }
    public string MetricInterval { get; set; } = "15";
    public int MetricsPort { get; set; } = 51821;
    public string MQPassword { get; set; } = "";
    public string MQPort { get; set; } = "1883";
    public string MQUserName { get; set; } = "";
    public string PeerConnectionCheckInterval { get; set; } = "15";
    public string Server { get; set; } = "";
    public bool Stun { get; set; }
    public string StunServers { get; set; } = "";
    public byte[] TrafficKey { get; set; } = [];
    public string Version { get; set; } = "v1.5.1";
}

/// <summary><c>models.RegisterResponse</c></summary>
sealed record RegisterResponse([property: JsonPropertyName("server_config")] ServerConfig ServerConfig, [property: JsonPropertyName("requested_host")] Host RequestedHost);

/// <summary><c>net.UDPAddr</c></summary>
[Untagged]
sealed record UdpAddr(string IP, int Port, string Zone = "");

/// <summary><c>wgtypes.PeerConfig</c></summary>
[Untagged]
sealed record PeerConfig(int[] PublicKey, bool Remove, bool UpdateOnly, int[]? PresharedKey, UdpAddr? Endpoint, long? PersistentKeepaliveInterval, bool ReplaceAllowedIPs, List<IpNet> AllowedIPs);

/// <summary><c>models.IDandAddr</c></summary>
sealed record PeerIdentity(
    string Id, string Address, string Address4, string Name, string Network, [property: JsonPropertyName("host_id")] string HostId,
    [property: JsonPropertyName("listen_port")] int ListenPort, [property: JsonPropertyName("is_extclient")] bool IsExtclient = false);

/// <summary><c>models.EgressNetworkRoutes</c></summary>
sealed record EgressRoutes(
    [property: JsonPropertyName("peer_key")] string PeerKey, [property: JsonPropertyName("egress_gw_addr")] IpNet GatewayAddress,
    [property: JsonPropertyName("node_addr")] IpNet NodeAddress, [property: JsonPropertyName("egress_ranges")] List<string> Ranges, string Network);

/// <summary><c>models.FwUpdate</c></summary>
sealed record FirewallUpdate(
    [property: JsonPropertyName("allow_all")] bool AllowAll, [property: JsonPropertyName("is_egress_gw")] bool IsEgressGateway,
    [property: JsonPropertyName("is_ingress_gw")] bool IsIngressGateway = false);

/// <summary>What a host fetches, <c>models.HostPull</c>.</summary>
sealed record HostPull(Host Host, List<Node> Nodes, List<PeerConfig> Peers)
{
    [JsonPropertyName("server_config")] public ServerConfig ServerConfig { get; init; } = new();
    [JsonPropertyName("peer_ids")] public Dictionary<string, Dictionary<string, PeerIdentity>> PeerIds { get; init; } = [];
    [JsonPropertyName("egress_network_routes")] public List<EgressRoutes> EgressNetworkRoutes { get; init; } = [];
    [JsonPropertyName("fw_update")] public FirewallUpdate FwUpdate { get; init; } = new(true, false);
    [JsonPropertyName("replace_peers")] public bool ReplacePeers { get; init; }
    [JsonPropertyName("endpoint_detection")] public bool EndpointDetection { get; init; }
    [JsonPropertyName("change_default_gw")] public bool ChangeDefaultGw { get; init; }
    [JsonPropertyName("is_inet_gw")] public bool IsInetGw { get; init; }
}

/// <summary><c>models.SuccessResponse</c> and <c>models.ErrorResponse</c> alike.</summary>
[Untagged]
sealed record Answer(int Code, string Message, object? Response);
