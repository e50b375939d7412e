using System.Text.Json.Serialization;

namespace MeshMcp.HostBridge.Systems.Netmaker;

/// <summary>What we read and write of Netmaker's REST API (v1.5). Names in answers are compared without case: those of untagged structs are PascalCase.</summary>
sealed record ApiReply<T>(int Code = 0, string? Message = null, T? Response = default);

sealed record ApiNetwork(string NetId = "", string AddressRange = "");

sealed record ApiHost(
    string Id = "", string Name = "", string EndpointIp = "", int ListenPort = 0, string Version = "", string PublicKey = "",
    [property: JsonPropertyName("wg_public_listen_port")] int PublicPort = 0, bool IsStaticPort = false);

sealed record ApiNode(string Id = "", string HostId = "", string Network = "", string Address = "", string? Status = null, long LastCheckIn = 0, bool Connected = true);

sealed record ApiEgress(string Id = "", string Name = "", string Network = "", string Range = "", string Description = "", IReadOnlyDictionary<string, double>? Nodes = null, bool Status = true);

sealed record ApiKey(string Value = "", string Token = "");

sealed record NewNetwork([property: JsonPropertyName("netid")] string NetId, [property: JsonPropertyName("addressrange")] string AddressRange);

sealed record NewKey(
    IReadOnlyList<string> Networks, IReadOnlyList<string> Tags, [property: JsonPropertyName("uses_remaining")] int UsesRemaining, long Expiration, bool Unlimited);

sealed record NewEgress(string Name, string Network, string Description, string Range, bool Nat, string Mode, IReadOnlyDictionary<string, int> Nodes, bool Status);

sealed record ApiServerStatus([property: JsonPropertyName("db_connected")] bool Database = false, [property: JsonPropertyName("broker_connected")] bool Broker = false, string? Version = null);

/// <summary>An entry of netclient's <c>nodes.json</c>.</summary>
sealed record ClientNode(string Id = "", string Network = "", ClientNetwork? Address = null, bool Connected = true, IReadOnlyList<string>? EgressGatewayRanges = null);

/// <summary>Go's <c>net.IPNet</c>.</summary>
sealed record ClientNetwork(string Ip = "", byte[]? Mask = null)
{
    public override string ToString() => $"{Ip}/{(Mask ?? []).Sum(b => int.PopCount(b))}";
}

/// <summary>What we read of <c>netclient.json</c>; never its keys.</summary>
sealed record ClientHost(string Id = "", string Name = "", string Interface = "", int ListenPort = 0, bool IsStaticPort = false, string EndpointIp = "", bool IsStatic = false);

/// <summary>What we read of an entry of <c>servers.json</c>.</summary>
sealed record ClientServer(string Api = "");

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, PropertyNameCaseInsensitive = true, NumberHandling = JsonNumberHandling.AllowReadingFromString)]
[JsonSerializable(typeof(IReadOnlyList<ApiNetwork>))]
[JsonSerializable(typeof(IReadOnlyList<ApiHost>))]
[JsonSerializable(typeof(IReadOnlyList<ApiNode>))]
[JsonSerializable(typeof(ApiReply<IReadOnlyList<ApiEgress>>))]
[JsonSerializable(typeof(ApiReply<ApiEgress>))]
[JsonSerializable(typeof(ApiReply<object>))]
[JsonSerializable(typeof(ApiNetwork))]
[JsonSerializable(typeof(ApiKey))]
[JsonSerializable(typeof(ApiServerStatus))]
[JsonSerializable(typeof(NewNetwork))]
[JsonSerializable(typeof(NewKey))]
[JsonSerializable(typeof(NewEgress))]
[JsonSerializable(typeof(IReadOnlyDictionary<string, ClientNode>))]
[JsonSerializable(typeof(IReadOnlyDictionary<string, ClientServer>))]
[JsonSerializable(typeof(ClientHost))]
sealed partial class NetmakerJson : JsonSerializerContext;
