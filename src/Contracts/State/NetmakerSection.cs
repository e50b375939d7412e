using System.Text.Json.Serialization;

namespace MeshMcp.Contracts.State;

/// <summary>This node's part in a Netmaker network.</summary>
public sealed record NetmakerSection
{
    public required NetmakerMode Mode { get; init; }
    public required string Network { get; init; }
    public required string Interface { get; init; }
    public string? Bridge { get; init; }
    /// <summary>Client: the server's API address.</summary>
    public string? Server { get; init; }
    [JsonPropertyName("listen_port")] public int? ListenPort { get; init; }
    [JsonPropertyName("api_endpoint")] public string? ApiEndpoint { get; init; }
}

public enum NetmakerMode { Client, Server }
