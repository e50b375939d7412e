using System.Net;
using System.Text.Json.Nodes;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Trust;
using MeshMcp.Server.Http;
using MeshMcp.Server.Mcp;
using MeshMcp.TestKit;
using ModelContextProtocol.Client;
using Xunit;

namespace MeshMcp.IntegrationTests.Server;

/// <summary>Who gets in, and to what.</summary>
public sealed class McpAccessTests : IAsyncLifetime
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    McpTestServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await McpTestServer.StartAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Without_a_valid_token_the_answer_is_401_and_says_where_to_read_on()
    {
        using var none = _server.Raw();
        using var wrong = _server.Raw("mesh_wrong");

        using var first = await none.PostAsync(RawMcp.Initialize());
        using var second = await wrong.PostAsync(RawMcp.Initialize());

        Assert.Equal(HttpStatusCode.Unauthorized, first.StatusCode);
        var location = $"resource_metadata=\"{_server.Url.GetLeftPart(UriPartial.Authority)}/.well-known/oauth-protected-resource/mcp\"";
        Assert.Equal($"Bearer {location}", first.Headers.WwwAuthenticate.ToString());
        Assert.Equal($"Bearer error=\"invalid_token\", {location}", second.Headers.WwwAuthenticate.ToString());
        using var document = await none.GetAsync("/.well-known/oauth-protected-resource/mcp");
        var metadata = JsonNode.Parse(await document.Content.ReadAsStringAsync(Ct))!;
        Assert.Equal(_server.Url.ToString(), metadata["resource"]!.GetValue<string>());
        Assert.Equal("""["read","operate","admin"]""", metadata["scopes_supported"]!.ToJsonString());
    }

    [Fact]
    public async Task Health_needs_no_token()
    {
        using var raw = _server.Raw();
        using var answer = await raw.GetAsync("/healthz");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Theory]
    [InlineData("Host", "evil.example")]
    [InlineData("Host", "evil.example:9573")]
    [InlineData("Origin", "https://evil.example")]
    [InlineData("Origin", "null")]
    [InlineData("Origin", "http://127.0.0.1:1")]
    public async Task A_foreign_host_or_origin_is_refused_before_the_token(string header, string value)
    {
        using var raw = _server.Raw();
        using var answer = await raw.PostAsync(RawMcp.Initialize(), (header, value));
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Empty(answer.Headers.WwwAuthenticate);
    }

    [Fact]
    public async Task The_own_origin_passes()
    {
        using var raw = _server.Raw(_server.Tokens.Create("page", [Scope.Read]));
        using var answer = await raw.PostAsync(RawMcp.Initialize(), ("Origin", _server.Url.GetLeftPart(UriPartial.Authority)));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task A_page_of_an_allowed_origin_may_ask_and_read_the_answer()
    {
        const string Origin = "https://panel.example:8443";
        await using var open = await McpTestServer.StartAsync(s => s with { AllowedOrigins = [Origin] });
        using var raw = open.Raw(open.Tokens.Create("page", [Scope.Read]));
        using var nobody = open.Raw();

        using var preflight = await nobody.SendAsync(HttpMethod.Options, null, false,
            ("Origin", Origin), ("Access-Control-Request-Method", "POST"), ("Access-Control-Request-Headers", "authorization,mcp-session-id"));
        using var answer = await raw.PostAsync(RawMcp.Initialize(), ("Origin", Origin));

        Assert.Equal(HttpStatusCode.NoContent, preflight.StatusCode);
        Assert.Equal([Origin], preflight.Headers.GetValues("Access-Control-Allow-Origin"));
        Assert.Equal([Origin], answer.Headers.GetValues("Access-Control-Allow-Origin"));
        Assert.Contains("Mcp-Session-Id", answer.Headers.GetValues("Access-Control-Expose-Headers").Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_counts_from_its_creation_to_its_revocation_without_a_restart()
    {
        var plain = _server.Tokens.Create("guest", [Scope.Read]);
        using var raw = _server.Raw(plain);

        using var welcome = await raw.PostNewestAsync("tools/list");
        Assert.Equal(HttpStatusCode.OK, welcome.StatusCode);

        _server.Tokens.Revoke("guest");
        using var turnedAway = await raw.PostNewestAsync("tools/list");
        Assert.Equal(HttpStatusCode.Unauthorized, turnedAway.StatusCode);
    }

    [Fact]
    public async Task While_the_tokens_file_is_broken_nobody_is_let_in_and_the_health_says_so()
    {
        using var raw = _server.Raw(_server.Tokens.Create("guest", [Scope.Read]));
        using var before = await raw.PostNewestAsync("tools/list");
        Assert.Equal(HttpStatusCode.OK, before.StatusCode);

        await File.WriteAllTextAsync(_server.Tokens.Path, "[{", Ct);
        using var after = await raw.PostNewestAsync("tools/list");
        Assert.Equal(HttpStatusCode.Unauthorized, after.StatusCode);
        using var health = await raw.GetAsync("/healthz");
        Assert.Equal((HttpStatusCode.ServiceUnavailable, HttpHost.NobodyEnters + "\n"), (health.StatusCode, await health.Content.ReadAsStringAsync(Ct)));
    }

    [Fact]
    public async Task An_expired_token_is_refused()
    {
        using var raw = _server.Raw(_server.Tokens.Create("brief", [Scope.Read], TimeProvider.System.GetUtcNow().AddMilliseconds(300)));
        await Eventually.True(async () =>
        {
            using var answer = await raw.PostNewestAsync("tools/list");
            return answer.StatusCode == HttpStatusCode.Unauthorized;
        }, TimeSpan.FromSeconds(10), "the token expires", Ct);
    }

    [Theory]
    [InlineData(Scope.Read, "break,refuse,wait,who")]
    [InlineData(Scope.Operate, "break,change,close,refuse,wait,who")]
    [InlineData(Scope.Admin, "break,change,close,reboot,refuse,wait,who")]
    public async Task A_caller_sees_the_tools_its_scope_allows_in_both_dialects(Scope scope, string tools)
    {
        var token = _server.Tokens.Create("caller", [scope]);
        foreach (var version in (string?[])[null, RawMcp.Session])
        {
            await using var client = await _server.ConnectAsync(token, version);
            var seen = await client.ListToolsAsync(cancellationToken: Ct);
            Assert.Equal(tools, string.Join(',', seen.Select(t => t.Name).Order()));
        }
    }

    [Fact]
    public async Task A_tool_beyond_the_scope_is_refused_with_403_and_the_scope_it_needs()
    {
        using var raw = _server.Raw(_server.Tokens.Create("reader", [Scope.Read]));
        using var answer = await raw.PostNewestAsync("tools/call", """{"name":"change","arguments":{"node":"vps"}}""", "change");

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Contains("error=\"insufficient_scope\", scope=\"operate\"", answer.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
        Assert.Contains("'operate'", (await RawMcp.MessageAsync(answer))["error"]!["message"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_for_some_nodes_cannot_speak_about_others()
    {
        await using var client = await _server.ConnectAsync(_server.Tokens.Create("vps-only", [Scope.Operate], nodes: ["vps"]));

        var own = await client.CallToolAsync("change", new Dictionary<string, object?> { ["node"] = "vps" }, cancellationToken: Ct);
        var other = await client.CallToolAsync("change", new Dictionary<string, object?> { ["node"] = "oo1424oo" }, cancellationToken: Ct);

        Assert.NotEqual(true, own.IsError);
        Assert.True(other.IsError);
        Assert.Contains("PermissionDenied", other.Content.ToText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_server_does_not_open_a_door_beyond_loopback_without_tokens_and_encryption()
    {
        var refused = await Assert.ThrowsAsync<MeshException>(() => McpTestServer.StartAsync(s => s with { Listen = new(IPAddress.Any, 0), Tokens = null }));
        Assert.Equal(["tokens", "tls"], refused.Error.Problems!.Select(p => p.Path));
    }

    [Fact]
    public async Task More_requests_of_one_token_than_may_run_and_wait_are_answered_429()
    {
        await using var small = await McpTestServer.StartAsync(s => s with { Limits = new HttpLimits(CallerRequests: 1, CallerWaiting: 1) });
        using var busy = small.Raw(small.Tokens.Create("busy", [Scope.Read]));
        using var other = small.Raw(small.Tokens.Create("other", [Scope.Read]));

        var running = busy.PostNewestAsync("tools/call", """{"name":"wait"}""", "wait");
        await Eventually.True(() => small.Tools.Waiting == 1, TimeSpan.FromSeconds(10), "the first call runs", Ct);
        var more = Enumerable.Range(0, 3).Select(_ => busy.PostNewestAsync("tools/call", """{"name":"who"}""", "who")).ToList();
        await Eventually.True(() => more.Count(m => m.IsCompleted) == 2, TimeSpan.FromSeconds(10), "two of three are refused", Ct);
        foreach (var refused in more.Where(m => m.IsCompleted).ToList())
        {
            more.Remove(refused);
            using var answer = await refused;
            Assert.Equal((HttpStatusCode.TooManyRequests, "1"), (answer.StatusCode, answer.Headers.RetryAfter?.ToString()));
        }
        using var fromOther = await other.PostNewestAsync("tools/call", """{"name":"who"}""", "who");
        Assert.Equal(HttpStatusCode.OK, fromOther.StatusCode);

        small.Tools.Release();
        using var first = await running;
        using var second = await more.Single();
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (first.StatusCode, second.StatusCode));
    }
}
