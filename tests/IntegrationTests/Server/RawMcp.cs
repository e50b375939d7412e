using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace MeshMcp.IntegrationTests.Server;

/// <summary>Speaks MCP by hand over at most one connection at a time, and counts how many it made.</summary>
sealed class RawMcp : IDisposable
{
    public const string Newest = "2026-07-28", Session = "2025-11-25";

    readonly Uri _url;
    readonly HttpClient _http;
    int _connections;

    public RawMcp(Uri url, string? token)
    {
        _url = url;
        _http = new(new SocketsHttpHandler
        {
            MaxConnectionsPerServer = 8,
            ConnectCallback = async (context, ct) =>
            {
                Interlocked.Increment(ref _connections);
                var socket = new System.Net.Sockets.Socket(System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp) { NoDelay = true };
                await socket.ConnectAsync(context.DnsEndPoint, ct);
                return new System.Net.Sockets.NetworkStream(socket, ownsSocket: true);
            },
        });
        if (token is not null) _http.DefaultRequestHeaders.Authorization = new("Bearer", token);
    }

    public int Connections => _connections;

    public static string Request(string method, string parameters = "{}") => $$"""{"jsonrpc":"2.0","id":7,"method":"{{method}}","params":{{parameters}}}""";

    public static string Initialize(string version = Session) =>
        Request("initialize", $$$"""{"protocolVersion":"{{{version}}}","capabilities":{},"clientInfo":{"name":"raw","version":"1"}}""");

    public static string Call(string tool, string arguments = "{}") => Request("tools/call", $$"""{"name":"{{tool}}","arguments":{{arguments}}}""");

    /// <summary>A request of the newest revision, with all that its headers must repeat.</summary>
    public Task<HttpResponseMessage> PostNewestAsync(string method, string parameters = "{}", string? name = null, bool stream = false)
    {
        var body = JsonNode.Parse(Request(method, parameters))!;
        if (body["params"]!["_meta"] is null) body["params"]!["_meta"] = new JsonObject();
        var meta = body["params"]!["_meta"]!;
        meta["io.modelcontextprotocol/protocolVersion"] = Newest;
        meta["io.modelcontextprotocol/clientInfo"] = new JsonObject { ["name"] = "raw", ["version"] = "1" };
        meta["io.modelcontextprotocol/clientCapabilities"] ??= new JsonObject();
        List<(string, string)> headers = [("MCP-Protocol-Version", Newest), ("Mcp-Method", method)];
        if (name is not null) headers.Add(("Mcp-Name", name));
        return SendAsync(HttpMethod.Post, body.ToJsonString(), stream, [.. headers]);
    }

    public Task<HttpResponseMessage> PostAsync(string body, params (string Name, string Value)[] headers) => SendAsync(HttpMethod.Post, body, false, headers);

    /// <summary>A new session; its id.</summary>
    public async Task<string> OpenSessionAsync()
    {
        using var answer = await PostAsync(Initialize());
        return answer.EnsureSuccessStatusCode().Headers.GetValues("Mcp-Session-Id").Single();
    }

    /// <param name="stream">Returns with the headers, before the body.</param>
    public Task<HttpResponseMessage> SendAsync(HttpMethod method, string? body, bool stream, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(method, _url);
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        foreach (var (name, value) in headers)
        {
            if (name == "Content-Type")
            {
                request.Content!.Headers.ContentType = new(value);
                continue;
            }
            request.Headers.Remove(name);
            request.Headers.TryAddWithoutValidation(name, value);
        }
        return _http.SendAsync(request, stream ? HttpCompletionOption.ResponseHeadersRead : HttpCompletionOption.ResponseContentRead, Xunit.TestContext.Current.CancellationToken);
    }

    public Task<HttpResponseMessage> GetAsync(string path) => _http.GetAsync(new Uri(_url, path));

    /// <summary>The last JSON-RPC message of an answer, whether it came alone or as events.</summary>
    public static async Task<JsonNode> MessageAsync(HttpResponseMessage answer)
    {
        var text = await answer.Content.ReadAsStringAsync();
        var events = text.Split('\n').Where(l => l.StartsWith("data: ", StringComparison.Ordinal)).ToList();
        return JsonNode.Parse(events.Count > 0 ? events[^1]["data: ".Length..] : text)!;
    }

    /// <summary>The id of the first event of a stream that has <paramref name="word"/>, once it is there; the stream stays open.</summary>
    public static async Task<string> EventIdAsync(HttpResponseMessage answer, CancellationToken ct, string word = "")
    {
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(ct), leaveOpen: true);
        var (id, found) = ("", false);
        while (await reader.ReadLineAsync(ct).AsTask().WaitAsync(TimeSpan.FromSeconds(10), ct) is { } line)
        {
            if (line.StartsWith("id: ", StringComparison.Ordinal)) id = line["id: ".Length..];
            found |= line.Contains(word, StringComparison.Ordinal);
            if (line.Length == 0 && found && id.Length > 0) return id;
        }
        throw new InvalidOperationException($"The stream ended without an event that has '{word}'.");
    }

    public void Dispose() => _http.Dispose();
}
