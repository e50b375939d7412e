using System.Net;
using System.Text.Json.Nodes;
using MeshMcp.Contracts.Trust;
using MeshMcp.Server.Mcp;
using Xunit;

namespace MeshMcp.IntegrationTests.Server;

/// <summary>What clients try before and beside MCP: probes of authorization, other methods and paths, odd parameters. Each gets the answer that a web server gives, or says what is wrong.</summary>
public sealed class McpProbeTests(McpProbeTests.OneServer served) : IClassFixture<McpProbeTests.OneServer>
{
    /// <summary>No test here changes anything of it.</summary>
    public sealed class OneServer : IAsyncLifetime
    {
        internal McpTestServer Server { get; private set; } = null!;

        internal string Reader { get; private set; } = "";

        public async ValueTask InitializeAsync()
        {
            Server = await McpTestServer.StartAsync();
            Reader = Server.Tokens.Create("reader", [Scope.Read, Scope.Operate]);
        }

        public ValueTask DisposeAsync() => Server.DisposeAsync();
    }

    const string Metadata = "/.well-known/oauth-protected-resource";

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    static readonly string[] Unknown =
    [
        "/", "/favicon.ico", "/sse", "/messages", "/mcp/", "/mcp/sse", "/mcp/.well-known/oauth-protected-resource", "/register", "/authorize", "/token", "/enroll", "/healthz/more",
        "/.well-known/oauth-authorization-server", "/.well-known/oauth-authorization-server/mcp", "/.well-known/openid-configuration", "/mcp/.well-known/openid-configuration",
        $"{Metadata}/other", $"{Metadata}/mcp/more",
    ];

    static readonly string[] Methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

    McpTestServer Server => served.Server;

    public static TheoryData<string> Paths => [.. Unknown];

    [Theory, MemberData(nameof(Paths))]
    public async Task A_path_that_is_not_there_is_404_for_everybody_by_every_method_and_no_JSON_RPC(string path)
    {
        foreach (var (method, hasToken) in from m in Methods from known in new[] { false, true } select (m, known))
        {
            using var answer = await SendAsync(method, path, hasToken);
            Assert.True(answer.StatusCode == HttpStatusCode.NotFound, $"{method} {(hasToken ? "with" : "without")} a token: {answer.StatusCode}");
            Assert.Empty(answer.Headers.WwwAuthenticate);
            Assert.DoesNotContain("jsonrpc", await answer.Content.ReadAsStringAsync(Ct), StringComparison.Ordinal);
        }
    }

    public static TheoryData<string, string, int> Served => new()
    {
        { Metadata, "GET", 200 }, { Metadata, "HEAD", 200 }, { Metadata, "POST", 405 }, { Metadata, "PUT", 405 }, { Metadata, "PATCH", 405 }, { Metadata, "DELETE", 405 },
        { $"{Metadata}/mcp", "GET", 200 }, { $"{Metadata}/mcp", "HEAD", 200 }, { $"{Metadata}/mcp", "POST", 405 }, { $"{Metadata}/mcp", "PUT", 405 }, { $"{Metadata}/mcp", "PATCH", 405 }, { $"{Metadata}/mcp", "DELETE", 405 },
        { "/healthz", "GET", 200 }, { "/healthz", "HEAD", 200 }, { "/healthz", "POST", 405 }, { "/healthz", "PUT", 405 }, { "/healthz", "PATCH", 405 }, { "/healthz", "DELETE", 405 },
        { "/mcp", "HEAD", 401 }, { "/mcp", "GET", 401 }, { "/mcp", "POST", 401 }, { "/mcp", "PUT", 401 }, { "/mcp", "PATCH", 401 }, { "/mcp", "DELETE", 401 },
    };

    [Theory, MemberData(nameof(Served))]
    public async Task A_path_that_is_there_answers_each_method_as_HTTP_has_it(string path, string method, int status)
    {
        using var answer = await SendAsync(method, path, hasToken: false);
        Assert.Equal(status, (int)answer.StatusCode);
        if (status == 405) Assert.Contains("GET", answer.Content.Headers.Allow);
        if (method == "HEAD") Assert.Empty(await answer.Content.ReadAsByteArrayAsync(Ct));
    }

    public static TheoryData<string, int> OfMcp => new() { { "HEAD", 200 }, { "PUT", 405 }, { "PATCH", 405 }, { "OPTIONS", 405 } };

    [Theory, MemberData(nameof(OfMcp))]
    public async Task With_a_token_the_endpoint_itself_answers_each_method_as_HTTP_has_it(string method, int status)
    {
        using var answer = await SendAsync(method, "/mcp", hasToken: true);
        Assert.Equal(status, (int)answer.StatusCode);
        if (status == 405) Assert.Superset(new HashSet<string> { "GET", "POST", "DELETE" }, answer.Content.Headers.Allow.ToHashSet());
    }

    [Fact]
    public async Task What_the_server_says_of_itself_names_no_authorization_server_not_even_none()
    {
        using var answer = await SendAsync("GET", $"{Metadata}/mcp", hasToken: false);
        Assert.Equal(["bearer_methods_supported", "resource", "resource_name", "scopes_supported"], JsonNode.Parse(await answer.Content.ReadAsStringAsync(Ct))!.AsObject().Select(m => m.Key).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(false, null, "http")]
    [InlineData(false, "https", "http")]
    [InlineData(true, null, "https")]
    [InlineData(true, "https", "https")]
    [InlineData(true, "http", "http")]
    [InlineData(true, "gopher", "https")]
    public async Task What_the_caller_is_told_to_read_on_at_has_the_scheme_that_he_used(bool behindProxy, string? forwarded, string scheme)
    {
        await using var server = await McpTestServer.StartAsync(s => s with { BehindProxy = behindProxy });
        using var raw = server.Raw();
        using var answer = await raw.PostAsync(RawMcp.Initialize(), forwarded is null ? [] : [("X-Forwarded-Proto", forwarded)]);
        Assert.Contains($"resource_metadata=\"{scheme}://127.0.0.1", answer.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("*/*")]
    [InlineData("application/*, text/*")]
    [InlineData("application/*;q=0.5, */*;q=0.1")]
    [InlineData(null)]
    public async Task Whoever_accepts_everything_is_served_in_both_dialects(string? accept)
    {
        using var raw = Server.Raw(served.Reader);
        using var session = await raw.PostAsync(RawMcp.Initialize(), Accepting(accept));
        Assert.Equal(HttpStatusCode.OK, session.StatusCode);

        using var stream = await raw.SendAsync(HttpMethod.Get, null, stream: true, [.. Accepting(accept), ("Mcp-Session-Id", session.Headers.GetValues("Mcp-Session-Id").Single())]);
        Assert.Equal("text/event-stream", stream.Content.Headers.ContentType?.MediaType);

        var meta = """{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"raw","version":"1"},"io.modelcontextprotocol/clientCapabilities":{}}""";
        using var newest = await raw.PostAsync(RawMcp.Request("tools/list", $$"""{"_meta":{{meta}}}"""), [.. Accepting(accept), ("MCP-Protocol-Version", RawMcp.Newest), ("Mcp-Method", "tools/list")]);
        Assert.Equal(HttpStatusCode.OK, newest.StatusCode);
    }

    [Fact]
    public async Task The_refusal_of_a_version_lists_every_version_that_is_spoken()
    {
        using var raw = Server.Raw(served.Reader);
        using var answer = await raw.PostAsync(RawMcp.Request("ping"), ("MCP-Protocol-Version", "1999-01-01"));
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        var error = (await RawMcp.MessageAsync(answer))["error"]!;
        Assert.All(ProtocolVersions.Sessions.Append(ProtocolVersions.Stateless), version => Assert.Contains(version, error["message"]!.GetValue<string>(), StringComparison.Ordinal));
        // What the revision calls supported is what can be chosen for each request, as server/discover has it.
        Assert.Equal([ProtocolVersions.Stateless], error["data"]!["supported"]!.AsArray().Select(v => v!.GetValue<string>()));
    }

    public static TheoryData<string, string, string> Odd
    {
        get
        {
            TheoryData<string, string, string> all = [];
            foreach (var method in new[] { "tools/list", "resources/list", "resources/templates/list", "prompts/list" })
            {
                all.Add(method, """{"cursor":"nonsense"}""", "cursor");
                all.Add(method, """{"cursor":5}""", "cursor");
                all.Add(method, """{"cursor":{}}""", "cursor");
                all.Add(method, "[]", "params");
                all.Add(method, "7", "params");
            }
            foreach (var (method, name) in new[] { ("tools/call", "name"), ("prompts/get", "name"), ("resources/read", "uri") })
            {
                all.Add(method, "{}", name);
                all.Add(method, $$"""{"{{name}}":7}""", name);
                all.Add(method, $$"""{"{{name}}":null}""", name);
                all.Add(method, "[]", "params");
                all.Add(method, "\"x\"", "params");
            }
            all.Add("tools/call", """{"name":"look","arguments":[]}""", "arguments");
            all.Add("tools/call", """{"name":"look","arguments":"{"}""", "arguments");
            all.Add("tools/call", """{"name":"nobody"}""", "nobody");
            return all;
        }
    }

    [Theory, MemberData(nameof(Odd))]
    public async Task Parameters_that_cannot_be_read_are_invalid_params_and_the_answer_says_which_in_both_dialects(string method, string parameters, string what)
    {
        using var raw = Server.Raw(served.Reader);
        var session = await raw.OpenSessionAsync();
        using var old = await raw.PostAsync(RawMcp.Request(method, parameters), ("Mcp-Session-Id", session), ("MCP-Protocol-Version", RawMcp.Session));
        Check(await RawMcp.MessageAsync(old));

        // In the newer one parameters are an object, as they hold its metadata, and a header repeats the name: one without a name is refused by that, in the revision's own words.
        if (!parameters.StartsWith('{')) return;
        var named = JsonNode.Parse(parameters)!["name"] is JsonValue value && value.TryGetValue<string>(out var name) ? name : null;
        using var newest = await raw.PostNewestAsync(method, parameters, named);
        if (what is "name" or "uri") Assert.Equal(-32020, (await RawMcp.MessageAsync(newest))["error"]!["code"]!.GetValue<int>());
        else Check(await RawMcp.MessageAsync(newest));

        void Check(JsonNode message)
        {
            Assert.True(message["error"] is not null, message.ToJsonString());
            Assert.Equal(-32602, message["error"]!["code"]!.GetValue<int>());
            Assert.Contains(what, message["error"]!["message"]!.GetValue<string>(), StringComparison.Ordinal);
            Assert.Equal(7, message["id"]!.GetValue<int>());
        }
    }

    static (string, string)[] Accepting(string? accept) => [("Accept", accept ?? "")];

    async Task<HttpResponseMessage> SendAsync(string method, string path, bool hasToken)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(new(method), new Uri(Server.Url, path));
        if (hasToken) request.Headers.Authorization = new("Bearer", served.Reader);
        if (method is "POST" or "PUT" or "PATCH") request.Content = new StringContent("{}", System.Text.Encoding.UTF8, "application/json");
        return await http.SendAsync(request, Ct);
    }
}
