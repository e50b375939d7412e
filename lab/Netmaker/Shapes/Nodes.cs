using System.Text.Json.Serialization;

namespace MeshMcp.NetmakerStandIn.Shapes;

/// <summary>A host's membership of one network, <c>models.Node</c>.</summary>
sealed record Node
{
    public string Id { get; set; } = "";
    public string HostId { get; set; } = "";
    public string Network { get; set; } = "";
    public IpNet NetworkRange { get; set; } = null!;
    public string Server { get; set; } = "";
    public bool Connected { get; set; } = true;
    public IpNet Address { get; set; } = null!;
    public bool PendingDelete { get; set; }
    public bool IsEgressGateway { get; set; }
    public List<string> EgressGatewayRanges { get; set; } = [];
    public DateTimeOffset LastCheckIn { get; set; }
    [JsonPropertyName("node_status")] public string Status { get; set; } = "online";
}

/// <summary>A node as operators see it, <c>models.ApiNode</c>.</summary>
sealed record ApiNode
{
    public string Id { get; set; } = "";
    public string HostId { get; set; } = "";
    public string Address { get; set; } = "";
    public string Address6 { get; set; } = "";
    public string LocalAddress { get; set; } = "";
    public List<string> AllowedIps { get; set; } = [];
    public long LastModified { get; set; }
    public long ExpDateTime { get; set; }
    public long LastCheckIn { get; set; }
    public long LastPeerUpdate { get; set; }
    public string Network { get; set; } = "";
    public string NetworkRange { get; set; } = "";
    public string NetworkRange6 { get; set; } = "";
    public bool IsRelayed { get; set; }
    public bool IsRelay { get; set; }
    public bool IsEgressGateway { get; set; }
    public bool IsIngressGateway { get; set; }
    public List<string> EgressGatewayRanges { get; set; } = [];
    public bool EgressGatewayNatEnabled { get; set; }
    public string Server { get; set; } = "";
    public bool Connected { get; set; }
    public bool PendingDelete { get; set; }
    public string Status { get; set; } = "";
}

/// <summary><c>schema.Network</c></summary>
sealed record Network
{
    public string Id { get; set; } = "";
    public string NetId { get; set; } = "";
    public string AddressRange { get; set; } = "";
    public string AddressRange6 { get; set; } = "";
    public int DefaultKeepalive { get; set; } = 20;
    public int DefaultMtu { get; set; } = 1280;
    [JsonPropertyName("auto_join")] public bool AutoJoin { get; set; } = true;
    [JsonPropertyName("auto_remove")] public bool AutoRemove { get; set; }
    [JsonPropertyName("auto_remove_threshold")] public int AutoRemoveThreshold { get; set; }
    [JsonPropertyName("auto_remove_tags")] public List<string> AutoRemoveTags { get; set; } = [];
    [JsonPropertyName("jit_enabled")] public bool JitEnabled { get; set; }
    [JsonPropertyName("created_by")] public string CreatedBy { get; set; } = "masteradministrator";
    [JsonPropertyName("created_at")] public DateTimeOffset CreatedAt { get; set; }
    [JsonPropertyName("updated_at")] public DateTimeOffset UpdatedAt { get; set; }
    [JsonPropertyName("nodes_updated_at")] public DateTimeOffset NodesUpdatedAt { get; set; }
}

/// <summary><c>schema.Egress</c></summary>
sealed record Egress
{
    public string Id { get; set; } = "";
    public string Name { get; set; } = "";
    public string Network { get; set; } = "";
    public string Description { get; set; } = "";
    /// <summary>Node ids to metrics.</summary>
    public Dictionary<string, int> Nodes { get; set; } = [];
    public Dictionary<string, int> Tags { get; set; } = [];
    public string Range { get; set; } = "";
    [JsonPropertyName("virtual_range")] public string VirtualRange { get; set; } = "";
    public string Domain { get; set; } = "";
    [JsonPropertyName("domain_ans")] public List<string> DomainAns { get; set; } = [];
    public bool Nat { get; set; }
    public string Mode { get; set; } = "direct_nat";
    public bool Status { get; set; } = true;
    [JsonPropertyName("created_by")] public string CreatedBy { get; set; } = "masteradministrator";
    [JsonPropertyName("created_at")] public DateTimeOffset CreatedAt { get; set; }
    [JsonPropertyName("updated_at")] public DateTimeOffset UpdatedAt { get; set; }
}

/// <summary><c>models.EnrollmentKey</c></summary>
sealed record EnrollmentKey
{
    public DateTimeOffset Expiration { get; set; }
    [JsonPropertyName("uses_remaining")] public int UsesRemaining { get; set; }
    public string Value { get; set; } = "";
    public List<string> Networks { get; set; } = [];
    public bool Unlimited { get; set; }
    public List<string> Tags { get; set; } = [];
    public string Token { get; set; } = "";
    public int Type { get; set; }
    public string Relay { get; set; } = "00000000-0000-0000-0000-000000000000";
    public List<string> Groups { get; set; } = [];
    public bool Default { get; set; }
    [JsonPropertyName("auto_egress")] public bool AutoEgress { get; set; }
    [JsonPropertyName("auto_assign_gw")] public bool AutoAssignGw { get; set; }
}

/// <summary>Body of a new key, <c>models.APIEnrollmentKey</c>.</summary>
sealed record NewEnrollmentKey
{
    public List<string> Networks { get; set; } = [];
    public List<string> Tags { get; set; } = [];
    /// <summary>Unix seconds.</summary>
    public long Expiration { get; set; }
    [JsonPropertyName("uses_remaining")] public int UsesRemaining { get; set; }
    public bool Unlimited { get; set; }
}
