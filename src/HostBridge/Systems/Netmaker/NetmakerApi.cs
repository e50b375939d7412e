using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using MeshMcp.Contracts.Errors;
using MeshMcp.HostBridge.Host;

namespace MeshMcp.HostBridge.Systems.Netmaker;

/// <summary>Where a server's API is, and the master key to it.</summary>
sealed record ApiAccess(Uri Endpoint, string MasterKey);

/// <summary>Netmaker's REST API, with the master key.</summary>
sealed class NetmakerApi(JsonApi http)
{
    /// <summary>Description of the egress entries that we made.</summary>
    public const string EgressMark = "MeshMcp";

    static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    static readonly TimeSpan Glance = TimeSpan.FromSeconds(2);
    /// <summary>A server asks the world for its own address once for every key.</summary>
    static readonly TimeSpan ForKeys = TimeSpan.FromSeconds(25);

    /// <summary>Null when the server answers, otherwise why it does not; in two seconds at most.</summary>
    public async Task<string?> TroubleAsync(Uri endpoint, CancellationToken ct)
    {
        try
        {
            var answer = await http.CallAsync(HttpMethod.Get, new(endpoint, "/api/server/status"), null, null, Glance, ct);
            return answer.Status == 200 ? null : $"{endpoint.Authority} answers {answer.Status}, as no Netmaker server does";
        }
        catch (MeshException e)
        {
            return e.Message.TrimEnd('.');
        }
    }

    public Task<IReadOnlyList<ApiNetwork>> NetworksAsync(ApiAccess at, CancellationToken ct) => GetAsync(at, "/api/networks", NetmakerJson.Default.IReadOnlyListApiNetwork, ct);

    public Task<IReadOnlyList<ApiHost>> HostsAsync(ApiAccess at, CancellationToken ct) => GetAsync(at, "/api/hosts", NetmakerJson.Default.IReadOnlyListApiHost, ct);

    public Task<IReadOnlyList<ApiNode>> NodesAsync(ApiAccess at, CancellationToken ct) => GetAsync(at, "/api/nodes", NetmakerJson.Default.IReadOnlyListApiNode, ct);

    public async Task<IReadOnlyList<ApiEgress>> EgressAsync(ApiAccess at, string network, CancellationToken ct) =>
        (await GetAsync(at, $"/api/v1/egress?network={Uri.EscapeDataString(network)}", NetmakerJson.Default.ApiReplyIReadOnlyListApiEgress, ct)).Response ?? [];

    public Task AddNetworkAsync(ApiAccess at, string network, string range, CancellationToken ct) =>
        SendAsync(at, HttpMethod.Post, "/api/networks", new NewNetwork(network, range), NetmakerJson.Default.NewNetwork, Patience, ct);

    public Task AddEgressAsync(ApiAccess at, string network, string node, string host, string range, CancellationToken ct) =>
        SendAsync(at, HttpMethod.Post, "/api/v1/egress",
            new NewEgress($"{host} {range}", network, EgressMark, range, false, "direct_nat", new Dictionary<string, int> { [node] = 256 }, true), NetmakerJson.Default.NewEgress, Patience, ct);

    public Task DeleteEgressAsync(ApiAccess at, string id, CancellationToken ct) =>
        SendAsync<object>(at, HttpMethod.Delete, $"/api/v1/egress?id={Uri.EscapeDataString(id)}", null, null, Patience, ct);

    public async Task<ApiKey> AddKeyAsync(ApiAccess at, NewKey key, CancellationToken ct) =>
        Read(await SendAsync(at, HttpMethod.Post, "/api/v1/enrollment-keys", key, NetmakerJson.Default.NewKey, ForKeys, ct), NetmakerJson.Default.ApiKey, at);

    async Task<T> GetAsync<T>(ApiAccess at, string path, JsonTypeInfo<T> type, CancellationToken ct) =>
        Read(await SendAsync<object>(at, HttpMethod.Get, path, null, null, Patience, ct), type, at);

    async Task<byte[]> SendAsync<T>(ApiAccess at, HttpMethod method, string path, T? body, JsonTypeInfo<T>? type, TimeSpan within, CancellationToken ct)
    {
        var answer = await http.CallAsync(method, new(at.Endpoint, path), at.MasterKey, type is null ? null : JsonApi.Body(body!, type), within, ct);
        if (answer.Status is >= 200 and < 300) return answer.Content;
        var words = MessageIn(answer.Content);
        throw answer.Status switch
        {
            401 => new MeshException(ErrorKind.PermissionDenied, $"The Netmaker server does not accept the master key: {words}", "netmaker.master_key", "Put the server's MASTER_KEY there: meshctl secret set netmaker-master-key"),
            _ => new MeshException(ErrorKind.CommandFailed, $"The Netmaker server refused {method} {path.Split('?')[0]} with {answer.Status}: {words}", "netmaker"),
        };
    }

    static T Read<T>(byte[] content, JsonTypeInfo<T> type, ApiAccess at)
    {
        try
        {
            return JsonSerializer.Deserialize(content, type) ?? throw new JsonException("null");
        }
        catch (JsonException e)
        {
            throw new MeshException(ErrorKind.Unavailable, $"{at.Endpoint.Authority} answers no Netmaker JSON: {e.Message}", "netmaker", "This version knows Netmaker 1.5.", e);
        }
    }

    static string MessageIn(byte[] content)
    {
        try
        {
            if (JsonSerializer.Deserialize(content, NetmakerJson.Default.ApiReplyObject)?.Message is { Length: > 0 } message) return message;
        }
        catch (JsonException)
        {
            // Plain text, as unknown routes have.
        }
        var text = System.Text.Encoding.UTF8.GetString(content).Trim();
        return text.Length > 200 ? text[..200] : text;
    }
}
