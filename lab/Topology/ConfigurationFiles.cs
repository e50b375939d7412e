using System.Text.Json;
using System.Text.Json.Serialization;

namespace MeshMcp.Lab.Topology;

/// <summary><c>/etc/meshmcp/hostbridge.json</c></summary>
sealed record HostBridgeFile(string Node, uint RelayUid, uint SocketGid, IReadOnlyList<HostBridgeFile.Delegate> Delegates, HostBridgeFile.AuthorityFiles? Authority)
{
    internal sealed record Delegate(string Certificate, string Scope);

    internal sealed record AuthorityFiles(string Certificate, string Key, string Url, IReadOnlyList<string>? Renews);
}

/// <summary><c>/etc/meshmcp/relay.json</c></summary>
sealed record RelayFile(IReadOnlyList<string> Listen, string Ca, string Certificate, string Key, string Socket);

/// <summary><c>/etc/meshmcp/server.json</c></summary>
sealed record ServerFile(
    string Listen, ServerFile.Pair Tls, string Tokens, IReadOnlyList<string> AllowedHosts, IReadOnlyList<string> AllowedOrigins,
    ServerFile.Pair Identity, IReadOnlyDictionary<string, ServerFile.Address> Nodes, string Enroll, string Dashboard)
{
    /// <summary>Who uses a lab mostly has no user to ask.</summary>
    public string Approvals { get; } = "digest";

    internal sealed record Pair(string? Ca, string Certificate, string Key);

    internal sealed record Address([property: JsonPropertyName("address")] string Value);
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, WriteIndented = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(HostBridgeFile))]
[JsonSerializable(typeof(RelayFile))]
[JsonSerializable(typeof(ServerFile))]
sealed partial class ConfigurationContext : JsonSerializerContext;
