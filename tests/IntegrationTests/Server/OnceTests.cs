using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Nodes;
using MeshMcp.TestKit;
using Xunit;

namespace MeshMcp.IntegrationTests.Server;

/// <summary>The page of one-time links, as a person who has nothing but the link opens it: the API before a real agent.</summary>
public sealed class OnceTests : IAsyncLifetime
{
    const string State = """
        { "xray": { "server": { "container": "59203", "program": "v2ray", "host": "203.0.113.10", "vless": { "port": 443 }, "vmess": { "port": 8443 }, "exit": "10.0.0.102:10086" } } }
        """;

    readonly DirectoryInfo _hung = Directory.CreateTempSubdirectory("meshmcp-once-");
    PrivateNode _node = null!;
    ApiCaller _api = null!;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _node = await PrivateNode.StartAsync();
        _api = await ApiCaller.StartAsync(("testnode", new NodeEndpoint.Local(_node.Socket)), ("gone", new NodeEndpoint.Local("/nowhere/s")), ("hung", new NodeEndpoint.Local(Path.Combine(_hung.FullName, "s"))));
        Assert.Null((await _node.ApplyAsync(State)).Error);
    }

    public async ValueTask DisposeAsync()
    {
        if (_api is not null) await _api.DisposeAsync();
        if (_node is not null) await _node.DisposeAsync();
        _hung.Delete(recursive: true);
    }

    [Fact]
    public async Task A_link_leads_to_this_server_opens_once_without_a_bearer_token_and_the_audit_has_both_and_no_secret()
    {
        var added = await _api.SendAsync("POST", "/v1/nodes/testnode/xray/users", new { name = "anna" });
        var link = new Uri(added.Body.GetProperty("handover").GetProperty("link").GetString()!);
        var token = link.Fragment["#testnode.".Length..];

        var first = await OpenAsync("testnode", token);
        var second = await OpenAsync("testnode", token);

        Assert.DoesNotContain("vless://", added.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("image", added.Text, StringComparison.Ordinal);
        Assert.Equal(new Uri(_api.Http.BaseAddress!, "once"), new Uri(link.GetLeftPart(UriPartial.Query)));
        Assert.Equal((200, "Xray user anna"), (first.Status, first["what"]));
        var texts = first.Body.GetProperty("texts").EnumerateArray().ToList();
        Assert.Equal(["vless", "vmess"], texts.Select(t => t.GetProperty("text").GetString()!.Split(':')[0]));
        Assert.Equal(["anna-vless.txt", "anna-vmess.txt"], texts.Select(t => t.GetProperty("file").GetString()));
        Assert.All(texts, t => Assert.StartsWith("data:image/png;base64,iVBOR", t.GetProperty("image").GetString(), StringComparison.Ordinal));
        Assert.Equal((404, "application/problem+json"), (second.Status, second.Type));
        Assert.Contains("opened already", second["detail"], StringComparison.Ordinal);
        Assert.Contains("new one", second["hint"], StringComparison.Ordinal);
        var audit = await _node.Client.AuditAsync(new(20), Ct);
        var made = Assert.Single(audit, e => e.Action == "POST /v1/xray/users by link");
        Assert.Equal(("uid 0", "operator", "xray_add_user"), (made.Caller, made.Says, made.Tool));
        var opened = Assert.Single(audit, e => e.Outcome.StartsWith("opened: ", StringComparison.Ordinal));
        Assert.Equal(("opened: Xray user anna, asked for by uid 0 (says: operator)", "127.0.0.1", "once"), (opened.Outcome, opened.Says, opened.Tool));
        Assert.Single(audit, e => e.Refused && e.Action == "POST /v1/handover/open");
        var id = texts[0].GetProperty("text").GetString()!["vless://".Length..].Split('@')[0];
        Assert.All(Directory.EnumerateFiles(_node.State, "*", SearchOption.AllDirectories).Where(f => !f.Contains("/secrets/", StringComparison.Ordinal) && Path.GetFileName(f) != "lock"),
            f => Assert.All([id, token], s => Assert.DoesNotContain(s, File.ReadAllText(f), StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_link_that_was_lost_is_made_anew_by_the_call_that_its_answer_named_and_REST_reveals_when_it_is_asked_to()
    {
        await _api.SendAsync("POST", "/v1/nodes/testnode/xray/users", new { name = "anna" });

        var again = await _api.SendAsync("POST", "/v1/nodes/testnode/xray/users/anna/links", new { });
        var revealed = await _api.SendAsync("POST", "/v1/nodes/testnode/xray/users/anna/links", new { reveal = true });

        var opened = await OpenAsync("testnode", TokenOf(again));
        Assert.Equal(revealed.Body.GetProperty("links")[0].GetProperty("link").GetString(), opened.Body.GetProperty("texts")[0].GetProperty("text").GetString());
        Assert.Equal(2, revealed.Body.GetProperty("images").GetArrayLength());
        Assert.Contains("xray_user_links", again.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_link_does_not_outlive_the_agent()
    {
        var token = TokenOf(await _api.SendAsync("POST", "/v1/nodes/testnode/xray/users", new { name = "anna" }));
        var file = (await _node.Client.XrayLinksAsync("anna", Ct, HandoverWay.File)).Handover!.File!;
        Assert.Contains("vless://", await File.ReadAllTextAsync(file, Ct), StringComparison.Ordinal);

        await _node.KillAgentAsync();
        var meanwhile = await OpenAsync("testnode", token);
        await _node.StartAgentAsync();

        var afterwards = await OpenAsync("testnode", token);
        Assert.Equal((404, 404), (meanwhile.Status, afterwards.Status));
        Assert.Equal(afterwards.Text, meanwhile.Text);
        Assert.False(File.Exists(file));
    }

    [Fact]
    public async Task Of_two_who_open_a_link_at_once_one_gets_it()
    {
        var token = TokenOf(await _api.SendAsync("POST", "/v1/nodes/testnode/xray/users", new { name = "anna" }));

        var both = await Task.WhenAll(OpenAsync("testnode", token), OpenAsync("testnode", token), OpenAsync("testnode", token));

        Assert.Equal([200, 404, 404], both.Select(a => a.Status).Order());
    }

    [Fact]
    public async Task Who_opens_a_good_link_in_a_crowd_is_told_to_come_again_and_not_that_it_is_gone()
    {
        using var node = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        node.Bind(new UnixDomainSocketEndPoint(Path.Combine(_hung.FullName, "s")));
        node.Listen(64);

        var link = TokenOf(await _api.SendAsync("POST", "/v1/nodes/testnode/xray/users", new { name = "anna" }));
        // Four are asked for, eight wait for their turn: when one is turned away, all of them are there.
        List<Task<ApiAnswer>> crowd = [.. Enumerable.Range(0, 13).Select(_ => OpenAsync("hung", "AAAA"))];
        await await Task.WhenAny(crowd);
        var turnedAway = await OpenAsync("testnode", link);
        node.Dispose();
        var answers = await Task.WhenAll(crowd);
        var opened = await OpenAsync("testnode", link);

        Assert.Equal((429, "application/problem+json"), (turnedAway.Status, turnedAway.Type));
        Assert.Contains("as good as it was", turnedAway["detail"], StringComparison.Ordinal);
        Assert.DoesNotContain("opened already", turnedAway.Text, StringComparison.Ordinal);
        Assert.Equal(12, answers.Count(a => a.Status == 404));
        Assert.Equal((200, "Xray user anna"), (opened.Status, opened["what"]));
    }

    [Fact]
    public async Task A_stranger_learns_nothing_of_the_mesh_not_even_by_the_form_of_an_answer()
    {
        var spent = TokenOf(await _api.SendAsync("POST", "/v1/nodes/testnode/xray/users", new { name = "anna" }));
        Assert.Equal(200, (await OpenAsync("testnode", spent)).Status);

        var unknown = await OpenAsync("nowhere", "AAAA");
        ApiAnswer[] others = [await OpenAsync("gone", "AAAA"), await OpenAsync("testnode", "AAAA"), await OpenAsync("testnode", spent), await OpenAsync("", "")];

        Assert.Equal((404, "application/problem+json"), (unknown.Status, unknown.Type));
        Assert.All(others, a => Assert.Equal((unknown.Status, unknown.Type, unknown.Text), (a.Status, a.Type, a.Text)));
        Assert.DoesNotMatch("testnode|nowhere|gone|meshmcp/", unknown.Text);
    }

    [Fact]
    public async Task Who_guesses_is_refused_beyond_thirty_tries_a_minute_and_who_has_a_link_opens_it_all_the_same()
    {
        Assert.Equal(400, (await _api.SendAsync("POST", "/once", "{", token: "")).Status);
        Assert.Equal(400, (await _api.SendAsync("POST", "/once", "{}", token: "")).Status);
        Assert.Equal(413, (await _api.SendAsync("POST", "/once", new { node = "testnode", token = new string('A', 2000) }, token: "")).Status);

        // The minute may end meanwhile.
        List<int> tries = [];
        while (tries.Count < 60 && !tries.Contains(429)) tries.Add((await OpenAsync("testnode", "AAAA")).Status);

        Assert.Equal(429, tries[^1]);
        Assert.InRange(tries.Count, 25, 55);
        var added = await _api.SendAsync("POST", "/v1/nodes/testnode/xray/users", new { name = "anna" });
        Assert.Equal(200, (await OpenAsync("testnode", TokenOf(added))).Status);
        Assert.Equal(200, (await _api.SendAsync("GET", "/v1/nodes")).Status);
    }

    [Fact]
    public async Task The_page_needs_no_token_takes_nothing_from_elsewhere_and_opens_nothing_by_itself()
    {
        using var answer = await _api.Http.GetAsync("/once", Ct);
        var page = await answer.Content.ReadAsStringAsync(Ct);
        using var foreign = new HttpRequestMessage(HttpMethod.Post, "/once");
        foreign.Headers.TryAddWithoutValidation("Origin", "https://evil.example");
        using var refused = await _api.Http.SendAsync(foreign, Ct);

        Assert.Equal("text/html", answer.Content.Headers.ContentType!.MediaType);
        Assert.Contains("default-src 'self'", answer.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.Equal("no-referrer", answer.Headers.GetValues("Referrer-Policy").Single());
        Assert.DoesNotMatch("(?i)https?://|<script(?![^>]*src=)|<style|\\son\\w+=|\\sstyle=", page);
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        Assert.Equal(401, (await _api.SendAsync("GET", "/once/other", token: "")).Status);
        // What needs no token is this page, the dashboard's files to be read, and links to be opened.
        Assert.Equal(new[] { 401, 401, 401, 401 }, new[] { await StatusAsync("POST", "/"), await StatusAsync("POST", "/once.js"), await StatusAsync("DELETE", "/once"), await StatusAsync("PUT", "/once") });
        Assert.Equal(new[] { 200, 200, 400 }, new[] { await StatusAsync("GET", "/"), await StatusAsync("GET", "/once.js"), await StatusAsync("POST", "/once") });

        async Task<int> StatusAsync(string method, string path)
        {
            using var asked = new HttpRequestMessage(new(method), path) { Content = method == "POST" ? new StringContent("{}") : null };
            using var said = await _api.Http.SendAsync(asked, Ct);
            return (int)said.StatusCode;
        }
    }

    static string TokenOf(ApiAnswer answer) => answer.Body.GetProperty("handover").GetProperty("link").GetString()!.Split('.')[^1];

    Task<ApiAnswer> OpenAsync(string node, string token) => _api.SendAsync("POST", "/once", new { node, token }, token: "");
}
