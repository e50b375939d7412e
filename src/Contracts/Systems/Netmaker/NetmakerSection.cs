using System.Text.Json.Serialization;
using MeshMcp.Contracts.Json;

namespace MeshMcp.Contracts.State;

public sealed partial record NodeState
{
    [JsonPropertyOrder(2)] public NetmakerSection? Netmaker { get; init; }
}

/// <summary>This node's part in a Netmaker network.</summary>
public sealed record NetmakerSection : IStateSection
{
    const int UsualPort = 51821;

    public required NetmakerMode Mode { get; init; }
    /// <summary>False: the node is to be no member (any more).</summary>
    public bool Enabled { get; set; } = true;
    public required string Network { get; init; }
    public required string Interface { get; init; }
    public string? Bridge { get; init; }
    /// <summary>Client: the server's API address.</summary>
    public string? Server { get; init; }
    [JsonPropertyName("listen_port")] public int? ListenPort { get; init; }
    /// <summary>UDP port of its tunnel: Netmaker's usual one unless the section names one.</summary>
    public int Port() => ListenPort ?? UsualPort;
    [JsonPropertyName("api_endpoint")] public string? ApiEndpoint { get; init; }
    /// <summary><c>secret:NAME</c> of the enrollment key to join with; <c>secret:netmaker-key</c> unless given.</summary>
    [JsonPropertyName("enrollment_key")] public string EnrollmentKey { get; set; } = "secret:netmaker-key";
    /// <summary>Server: <c>secret:NAME</c> of the master key of its REST API; <c>secret:netmaker-master-key</c> unless given.</summary>
    [JsonPropertyName("master_key")] public string MasterKey { get; set; } = "secret:netmaker-master-key";
    /// <summary>Server: the mesh's own addresses; must not overlap any containers'.</summary>
    [JsonPropertyName("address_range")] public string AddressRange { get; set; } = "10.101.0.0/16";
    /// <summary>Networks behind this node that the others reach through it; its containers' network unless given.</summary>
    public IReadOnlyList<string>? Egress { get; init; }
}

[JsonConverter(typeof(CamelCase<NetmakerMode>))]
public enum NetmakerMode { Client, Server }
