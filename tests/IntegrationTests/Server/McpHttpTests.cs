using System.Net;
using MeshMcp.Contracts.Trust;
using MeshMcp.TestKit;
using Xunit;

namespace MeshMcp.IntegrationTests.Server;

/// <summary>What the wire carries: statuses, headers, streams, connections.</summary>
public sealed class McpHttpTests : IAsyncLifetime
{
    static readonly TimeSpan Hangs = TimeSpan.FromSeconds(10);

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    McpTestServer _server = null!;
    RawMcp _raw = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await McpTestServer.StartAsync();
        _raw = _server.Raw(_server.Tokens.Create("raw", [Scope.Admin]));
    }

    public ValueTask DisposeAsync()
    {
        _raw.Dispose();
        return _server.DisposeAsync();
    }

    [Theory]
    [InlineData("Accept", "application/json", HttpStatusCode.NotAcceptable)]
    [InlineData("Accept", "text/event-stream", HttpStatusCode.NotAcceptable)]
    [InlineData("Accept", "text/html", HttpStatusCode.NotAcceptable)]
    [InlineData("Content-Type", "text/plain", HttpStatusCode.UnsupportedMediaType)]
    [InlineData("MCP-Protocol-Version", "1999-01-01", HttpStatusCode.BadRequest)]
    public async Task A_header_that_cannot_be_served_has_its_own_status(string header, string value, HttpStatusCode status)
    {
        using var answer = await _raw.PostAsync(RawMcp.Initialize(), (header, value));
        Assert.Equal(status, answer.StatusCode);
    }

    [Theory]
    [InlineData("", -32700)]
    [InlineData("{", -32700)]
    [InlineData("null", -32600)]
    [InlineData("[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}]", -32600)]
    [InlineData("{\"jsonrpc\":\"2.0\",\"id\":null,\"method\":\"ping\"}", -32600)]
    [InlineData("{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"ping\"}", -32000)]
    public async Task What_is_not_one_message_or_has_no_session_is_a_bad_request(string body, int code)
    {
        using var answer = await _raw.PostAsync(body);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal(code, (await RawMcp.MessageAsync(answer))["error"]!["code"]!.GetValue<int>());
    }

    [Fact]
    public async Task A_body_of_nine_megabytes_is_413_and_the_next_request_is_served()
    {
        using var answer = await _raw.PostAsync(RawMcp.Call("who", $$"""{"x":"{{new string('x', 9 << 20)}}"}"""));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);

        using var next = await _raw.PostNewestAsync("tools/list");
        Assert.Equal(HttpStatusCode.OK, next.StatusCode);
    }

    [Theory]
    [InlineData("2099-01-01", "2025-11-25")]
    [InlineData("2024-10-07", "2025-11-25")]
    [InlineData("2026-07-28", "2025-11-25")]
    [InlineData("2024-11-05", "2024-11-05")]
    public async Task Initialize_agrees_on_a_version_that_has_it(string asked, string given)
    {
        using var answer = await _raw.PostAsync(RawMcp.Initialize(asked));
        Assert.Equal(given, (await RawMcp.MessageAsync(answer))["result"]!["protocolVersion"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_session_goes_on_when_its_client_later_names_another_session_version()
    {
        using var opened = await _raw.PostAsync(RawMcp.Initialize("2024-11-05"));
        var session = opened.Headers.GetValues("Mcp-Session-Id").Single();

        using var answer = await _raw.PostAsync(RawMcp.Request("tools/list"), ("Mcp-Session-Id", session), ("MCP-Protocol-Version", RawMcp.Session));
        Assert.NotNull((await RawMcp.MessageAsync(answer))["result"]);
    }

    [Fact]
    public async Task A_session_lives_from_initialize_to_delete()
    {
        var session = ("Mcp-Session-Id", await _raw.OpenSessionAsync());

        using var notified = await _raw.PostAsync("""{"jsonrpc":"2.0","method":"notifications/initialized"}""", session);
        Assert.Equal(HttpStatusCode.Accepted, notified.StatusCode);
        using var called = await _raw.PostAsync(RawMcp.Call("who"), session);
        Assert.StartsWith("raw Read+Operate+Admin False", (await RawMcp.MessageAsync(called))["result"]!["content"]![0]!["text"]!.GetValue<string>(), StringComparison.Ordinal);
        using var deleted = await _raw.SendAsync(HttpMethod.Delete, null, false, session);
        Assert.Equal(HttpStatusCode.OK, deleted.StatusCode);
        using var gone = await _raw.PostAsync(RawMcp.Call("who"), session);
        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
    }

    /// <summary>Gemini CLI gives its model these words, and does not begin a new session.</summary>
    [Theory, InlineData(true), InlineData(false)]
    public async Task Who_asks_in_a_session_that_is_over_hears_that_nothing_was_done_and_what_to_do(bool ended)
    {
        var session = ("Mcp-Session-Id", ended ? await _raw.OpenSessionAsync() : "of-the-server-before");
        if (ended) (await _raw.SendAsync(HttpMethod.Delete, null, false, session)).Dispose();

        using var answer = await _raw.PostAsync(RawMcp.Call("who"), session);

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        var message = await RawMcp.MessageAsync(answer);
        Assert.Equal(-32001, message["error"]!["code"]!.GetValue<int>());
        Assert.Equal(7, message["id"]!.GetValue<int>());
        Assert.Matches("^Session not found: .* Nothing was done; the client must connect again", message["error"]!["message"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_failed_initialize_leaves_no_session()
    {
        using var failed = await _raw.PostAsync(RawMcp.Request("initialize", """{"protocolVersion":7}"""));
        Assert.Equal(HttpStatusCode.BadRequest, failed.StatusCode);
        Assert.False(failed.Headers.Contains("Mcp-Session-Id"));
        Assert.Equal(-32602, (await RawMcp.MessageAsync(failed))["error"]!["code"]!.GetValue<int>());
    }

    [Fact]
    public async Task A_session_serves_only_the_caller_that_opened_it()
    {
        var session = await _raw.OpenSessionAsync();
        using var thief = _server.Raw(_server.Tokens.Create("thief", [Scope.Admin]));
        using var answer = await thief.PostAsync(RawMcp.Request("tools/list"), ("Mcp-Session-Id", session));
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
    }

    [Fact]
    public async Task A_session_has_one_listening_stream_at_a_time_and_may_open_another_after_it()
    {
        var session = ("Mcp-Session-Id", await _raw.OpenSessionAsync());
        using (var first = await _raw.SendAsync(HttpMethod.Get, null, true, session))
        {
            Assert.Equal((HttpStatusCode.OK, "text/event-stream"), (first.StatusCode, first.Content.Headers.ContentType?.MediaType));
            using var second = await _raw.SendAsync(HttpMethod.Get, null, true, session);
            Assert.Equal(HttpStatusCode.Conflict, second.StatusCode);
        }
        await Eventually.True(async () =>
        {
            using var again = await _raw.SendAsync(HttpMethod.Get, null, true, session);
            return again.StatusCode == HttpStatusCode.OK;
        }, Hangs, "the stream can be opened again", Ct);
    }

    [Fact]
    public async Task An_answer_whose_stream_was_cut_is_taken_up_where_it_ended()
    {
        var session = ("Mcp-Session-Id", await _raw.OpenSessionAsync());
        string heard;
        using (var cut = await _raw.SendAsync(HttpMethod.Post, RawMcp.Call("wait"), true, session))
            heard = await RawMcp.EventIdAsync(cut, Ct);
        _server.Tools.Release();

        using var rest = await _raw.SendAsync(HttpMethod.Get, null, false, session, ("Last-Event-ID", heard));

        Assert.Equal("waited", (await RawMcp.MessageAsync(rest))["result"]!["content"]![0]!["text"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_listener_whose_stream_was_cut_misses_nothing_and_takes_the_place_of_the_one_before()
    {
        var session = ("Mcp-Session-Id", await _raw.OpenSessionAsync());
        string heard;
        using (var first = await _raw.SendAsync(HttpMethod.Get, null, true, session)) heard = await RawMcp.EventIdAsync(first, Ct);
        _server.AddTool("later");

        using var second = await _raw.SendAsync(HttpMethod.Get, null, true, session, ("Last-Event-ID", heard));
        heard = await RawMcp.EventIdAsync(second, Ct, "tools/list_changed");
        using var third = await _raw.SendAsync(HttpMethod.Get, null, true, session, ("Last-Event-ID", heard));
        _server.AddTool("last");
        await RawMcp.EventIdAsync(third, Ct, "tools/list_changed");
        using var rest = new StreamReader(await second.Content.ReadAsStreamAsync(Ct));
        Assert.DoesNotContain("list_changed", await rest.ReadToEndAsync(Ct), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_session_of_an_older_revision_listens_once()
    {
        using var opened = await _raw.PostAsync(RawMcp.Initialize("2025-06-18"));
        var session = ("Mcp-Session-Id", opened.Headers.GetValues("Mcp-Session-Id").Single());
        using (var first = await _raw.SendAsync(HttpMethod.Get, null, true, session)) Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        await Eventually.True(async () =>
        {
            using var again = await _raw.SendAsync(HttpMethod.Get, null, true, session);
            return again.StatusCode == HttpStatusCode.MethodNotAllowed;
        }, Hangs, "the stream is known to be over", Ct);
        using var called = await _raw.PostAsync(RawMcp.Call("who"), session);
        Assert.Equal(HttpStatusCode.OK, called.StatusCode);
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("DELETE")]
    public async Task The_newest_revision_has_only_post(string method)
    {
        using var answer = await _raw.SendAsync(new(method), null, false, ("MCP-Protocol-Version", RawMcp.Newest));
        Assert.Equal(HttpStatusCode.MethodNotAllowed, answer.StatusCode);
        Assert.Equal(["POST"], answer.Content.Headers.Allow);
    }

    [Fact]
    public async Task A_method_that_the_newest_revision_removed_is_404()
    {
        using var answer = await _raw.PostNewestAsync("ping");
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    [Fact]
    public async Task Sessions_are_bounded_and_the_longest_unused_one_gives_way()
    {
        await using var small = await McpTestServer.StartAsync(s => s with { Sessions = new(Total: 2, PerCaller: 2) });
        using var raw = small.Raw(small.Tokens.Create("raw", [Scope.Read]));
        var (first, second, third) = (await raw.OpenSessionAsync(), await raw.OpenSessionAsync(), await raw.OpenSessionAsync());

        Assert.Equal([HttpStatusCode.NotFound, HttpStatusCode.OK, HttpStatusCode.OK], await Statuses(first, second, third));

        using var listening = await raw.SendAsync(HttpMethod.Get, null, true, ("Mcp-Session-Id", second));
        using var alsoListening = await raw.SendAsync(HttpMethod.Get, null, true, ("Mcp-Session-Id", third));
        using var full = await raw.PostAsync(RawMcp.Initialize());
        Assert.Equal(HttpStatusCode.ServiceUnavailable, full.StatusCode);

        async Task<List<HttpStatusCode>> Statuses(params string[] sessions)
        {
            List<HttpStatusCode> statuses = [];
            foreach (var session in sessions)
            {
                using var answer = await raw.PostAsync(RawMcp.Request("tools/list"), ("Mcp-Session-Id", session));
                statuses.Add(answer.StatusCode);
            }
            return statuses;
        }
    }

    [Fact]
    public async Task An_unused_session_ends_by_itself()
    {
        await using var brief = await McpTestServer.StartAsync(s => s with { Sessions = new() { Idle = TimeSpan.FromMilliseconds(200) } });
        using var raw = brief.Raw(brief.Tokens.Create("raw", [Scope.Read]));
        var session = await raw.OpenSessionAsync();
        // Asking would keep it alive, so ask as someone to whom a living session is forbidden.
        using var other = brief.Raw(brief.Tokens.Create("other", [Scope.Read]));
        await Eventually.True(async () =>
        {
            await Task.Delay(TimeSpan.FromMilliseconds(300), Ct);
            using var answer = await other.PostAsync(RawMcp.Request("tools/list"), ("Mcp-Session-Id", session));
            return answer.StatusCode == HttpStatusCode.NotFound;
        }, Hangs, "the session ends", Ct);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("{\"late\":true}")]
    public async Task A_tool_can_end_the_connection_with_its_answer_in_both_dialects(string arguments)
    {
        var parameters = $$$"""{"name":"close","arguments":{{{arguments}}},"_meta":{"progressToken":1}}""";
        var session = ("Mcp-Session-Id", await _raw.OpenSessionAsync());
        using var young = await _raw.PostAsync(RawMcp.Call("who"), session);
        Assert.Equal(1, _raw.Connections);

        using var stateless = await _raw.PostNewestAsync("tools/call", parameters, "close");
        Assert.Contains("closing", await stateless.Content.ReadAsStringAsync(Ct), StringComparison.Ordinal);
        using var inSession = await _raw.PostAsync(RawMcp.Request("tools/call", parameters), session);
        Assert.Contains("closing", await inSession.Content.ReadAsStringAsync(Ct), StringComparison.Ordinal);
        Assert.Equal((true, true), (stateless.Headers.ConnectionClose, inSession.Headers.ConnectionClose));
        using var after = await _raw.PostAsync(RawMcp.Call("who"), session);

        Assert.Equal(3, _raw.Connections);
        Assert.True(await AgeAsync(after) < TimeSpan.FromSeconds(5));

        static async Task<TimeSpan> AgeAsync(HttpResponseMessage answer) => TimeSpan.FromMilliseconds(double.Parse(
            (await RawMcp.MessageAsync(answer))["result"]!["content"]![0]!["text"]!.GetValue<string>().Split(' ')[^1], System.Globalization.CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task A_connection_ages_from_its_accept()
    {
        double last = -1;
        for (var i = 0; i < 3; i++)
        {
            using var answer = await _raw.PostNewestAsync("tools/call", """{"name":"who"}""", "who");
            var age = double.Parse((await RawMcp.MessageAsync(answer))["result"]!["content"]![0]!["text"]!.GetValue<string>().Split(' ')[^1], System.Globalization.CultureInfo.InvariantCulture);
            Assert.True(age > last);
            last = age;
        }
        Assert.Equal(1, _raw.Connections);
    }

    [Fact]
    public async Task Leaving_cancels_the_call_in_the_newest_revision()
    {
        var parting = _server.Raw(_server.Tokens.Create("parting", [Scope.Read]));
        var call = parting.PostNewestAsync("tools/call", """{"name":"wait"}""", "wait");
        await Eventually.True(() => _server.Tools.Waiting == 1, Hangs, "the call runs", Ct);
        parting.Dispose();
        await Eventually.True(() => _server.Tools.Cancelled == 1, Hangs, "the call is cancelled", Ct);
        await Assert.ThrowsAnyAsync<Exception>(() => call);
    }

    [Theory]
    [InlineData("tools/call", """{"name":"wait","arguments":{}}""", false)]
    [InlineData("tools/call", """{"name":"wait","arguments":{}}""", true)]
    [InlineData("resources/read", """{"uri":"mesh://slow"}""", false)]
    [InlineData("resources/read", """{"uri":"mesh://slow"}""", true)]
    public async Task What_is_cancelled_in_a_session_ends_and_so_does_its_request(string method, string parameters, bool answered)
    {
        var session = ("Mcp-Session-Id", await _raw.OpenSessionAsync());
        var call = WaitAsync(session, "\"77\"", method, parameters);
        await Eventually.True(() => _server.Tools.Waiting == 1, Hangs, "the call runs", Ct);
        // Its headers come after a second.
        if (answered) (await call.WaitAsync(Hangs, Ct)).EnsureSuccessStatusCode();

        using var notified = await CancelAsync(session, "\"77\"");

        Assert.Equal(HttpStatusCode.Accepted, notified.StatusCode);
        await Eventually.True(() => _server.Tools.Cancelled == 1, Hangs, "the call is cancelled", Ct);
        using var answer = await call.WaitAsync(Hangs, Ct);
        Assert.DoesNotContain("result", await answer.Content.ReadAsStringAsync(Ct).WaitAsync(Hangs, Ct), StringComparison.Ordinal);
        using var next = await _raw.PostAsync(RawMcp.Call("who"), session);
        Assert.NotNull((await RawMcp.MessageAsync(next))["result"]);
    }

    [Theory]
    [InlineData("77")]
    [InlineData("\"77\"")]
    public async Task The_stream_of_a_call_that_was_cancelled_is_over_for_who_takes_it_up_again(string id)
    {
        var session = ("Mcp-Session-Id", await _raw.OpenSessionAsync());
        using var call = await WaitAsync(session, id).WaitAsync(Hangs, Ct);
        var last = await RawMcp.EventIdAsync(call, Ct);
        using var notified = await CancelAsync(session, id);
        await Eventually.True(() => _server.Tools.Cancelled == 1, Hangs, "the call is cancelled", Ct);

        using var resumed = await _raw.SendAsync(HttpMethod.Get, null, true, session, ("Last-Event-ID", last)).WaitAsync(Hangs, Ct);

        Assert.DoesNotContain("result", await resumed.Content.ReadAsStringAsync(Ct).WaitAsync(Hangs, Ct), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_of_the_client_that_has_the_number_of_an_open_call_leaves_that_to_be_cancelled()
    {
        var session = ("Mcp-Session-Id", await _raw.OpenSessionAsync());
        var call = WaitAsync(session, "77");
        await Eventually.True(() => _server.Tools.Waiting == 1, Hangs, "the call runs", Ct);

        using var answered = await _raw.PostAsync("""{"jsonrpc":"2.0","id":77,"result":{"action":"decline"}}""", session);
        using var notified = await CancelAsync(session, "77");

        using var answer = await call.WaitAsync(Hangs, Ct);
        Assert.DoesNotContain("result", await answer.Content.ReadAsStringAsync(Ct).WaitAsync(Hangs, Ct), StringComparison.Ordinal);
    }

    Task<HttpResponseMessage> WaitAsync((string, string) session, string id, string method = "tools/call", string parameters = """{"name":"wait","arguments":{}}""") =>
        _raw.SendAsync(HttpMethod.Post, $$"""{"jsonrpc":"2.0","id":{{id}},"method":"{{method}}","params":{{parameters}}}""", stream: true, session);

    Task<HttpResponseMessage> CancelAsync((string, string) session, string id) =>
        _raw.PostAsync($$$"""{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":{{{id}}},"reason":"not wanted"}}""", session);

    [Fact]
    public async Task The_server_stops_within_three_seconds_although_clients_listen()
    {
        var session = await _raw.OpenSessionAsync();
        using var get = await _raw.SendAsync(HttpMethod.Get, null, true, ("Mcp-Session-Id", session));
        using var listen = await _raw.PostNewestAsync("subscriptions/listen", """{"notifications":{"toolsListChanged":true}}""", stream: true);
        await using var events = await listen.Content.ReadAsStreamAsync(Ct);
        using var reader = new StreamReader(events);
        while (await reader.ReadLineAsync(Ct) is { } line && !line.Contains("acknowledged", StringComparison.Ordinal)) { }

        await _server.StopAsync().WaitAsync(TimeSpan.FromSeconds(3), Ct);

        Assert.Contains("\"result\"", await reader.ReadToEndAsync(Ct), StringComparison.Ordinal);
    }
}
