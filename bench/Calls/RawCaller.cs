using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using MeshMcp.Contracts.Errors;

namespace MeshMcp.Bench.Calls;

/// <summary>Speaks MCP by hand over connections that are kept, the same to every server, so that no client library is measured.</summary>
sealed class RawCaller : IAsyncDisposable
{
    const string Session = "Mcp-Session-Id";
    const string Client = """{"name":"meshmcp-bench","version":"1"}""";

    readonly Target target;
    readonly Dialect dialect;
    readonly HttpClient http;
    string? session;
    int last;

    RawCaller(Target target, Dialect dialect)
    {
        (this.target, this.dialect) = (target, dialect);
        http = new(new SocketsHttpHandler { UseProxy = false, UseCookies = false, ConnectCallback = ConnectAsync }) { Timeout = TimeSpan.FromSeconds(30) };
        if (target.Token is { } token) http.DefaultRequestHeaders.Authorization = new("Bearer", token);
    }

    public static async Task<RawCaller> OpenAsync(Target target, Dialect dialect, CancellationToken ct)
    {
        var caller = new RawCaller(target, dialect);
        try
        {
            if (dialect.HasSessions) await caller.InitializeAsync(ct);
            return caller;
        }
        catch
        {
            await caller.DisposeAsync();
            throw;
        }
    }

    public async Task CallAsync(ToolCall call, CancellationToken ct)
    {
        var meta = dialect.HasSessions
            ? ""
            : $$$""","_meta":{"io.modelcontextprotocol/protocolVersion":"{{{dialect.Version}}}","io.modelcontextprotocol/clientCapabilities":{},"io.modelcontextprotocol/clientInfo":{{{Client}}}}""";
        using var answer = await PostAsync(
            $$$"""{"jsonrpc":"2.0","id":{{{Interlocked.Increment(ref last)}}},"method":"tools/call","params":{"name":"{{{call.Tool}}}","arguments":{{{call.Arguments}}}{{{meta}}}}}""", "tools/call", call.Tool, ct);
        var text = await answer.Content.ReadAsStringAsync(ct);
        if (!answer.IsSuccessStatusCode || !text.Contains(call.Expected, StringComparison.Ordinal)) throw Unexpected(answer, text);
    }

    public async ValueTask DisposeAsync()
    {
        using var owned = http;
        if (session is null) return;
        using var request = new HttpRequestMessage(HttpMethod.Delete, target.Url);
        Name(request);
        using var answer = await http.SendAsync(request);
    }

    async Task InitializeAsync(CancellationToken ct)
    {
        using var answer = await PostAsync(
            $$$"""{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"{{{dialect.Version}}}","capabilities":{},"clientInfo":{{{Client}}}}}""", "initialize", null, ct);
        var text = await answer.Content.ReadAsStringAsync(ct);
        if (!text.Contains($"\"protocolVersion\":\"{dialect.Version}\"", StringComparison.Ordinal)) throw Unexpected(answer, text);
        session = answer.Headers.GetValues(Session).Single();
        using var ready = await PostAsync("""{"jsonrpc":"2.0","method":"notifications/initialized"}""", "notifications/initialized", null, ct);
    }

    Task<HttpResponseMessage> PostAsync(string body, string method, string? name, CancellationToken ct)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, target.Url) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        if (session is not null || !dialect.HasSessions) Name(request);
        if (!dialect.HasSessions)
        {
            request.Headers.Add("Mcp-Method", method);
            if (name is not null) request.Headers.Add("Mcp-Name", name);
        }
        return http.SendAsync(request, ct);
    }

    void Name(HttpRequestMessage request)
    {
        request.Headers.Add("MCP-Protocol-Version", dialect.Version);
        if (session is not null) request.Headers.Add(Session, session);
    }

    async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken ct)
    {
        var socket = target.Inside?.Inside(Create) ?? Create();
        try
        {
            await socket.ConnectAsync(context.DnsEndPoint, ct);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        static Socket Create() => new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    }

    MeshException Unexpected(HttpResponseMessage answer, string text) =>
        new(ErrorKind.Bug, $"{target.Url} answered {(int)answer.StatusCode}: {(text.Length > 600 ? text[..600] + "…" : text)}", $"{target.Url}");
}
