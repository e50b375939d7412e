using System.Net;
using System.Text.Json;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.Trust;
using MeshMcp.IntegrationTests.Cli;
using MeshMcp.Server.Api;
using MeshMcp.Server.Http;
using MeshMcp.TestKit;
using MeshMcp.TestServers;
using Microsoft.AspNetCore.Builder;
using Xunit;

namespace MeshMcp.IntegrationTests.Server;

/// <summary>Role <c>api</c>, its door: health, the dashboard's files, and who gets no further.</summary>
public sealed class ApiTests : IAsyncLifetime
{
    readonly string _folder = Directory.CreateTempSubdirectory("meshmcp-api-").FullName;
    StandInNode _node = null!;
    WebApplication _app = null!;
    HttpClient _http = null!;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _node = await StandInNode.StartAsync();
        _app = ApiHost.Build(new(new(IPAddress.Loopback, 0), Tokens: new(Path.Combine(_folder, "tokens.json"), TimeProvider.System)), new(new Dictionary<string, NodeEndpoint>
        {
            ["vps"] = new NodeEndpoint.Local(_node.Socket),
            ["gone"] = new NodeEndpoint.Local("/nowhere/s"),
        }));
        await _app.StartAsync(Ct);
        _http = new() { BaseAddress = new(_app.Urls.Single()) };
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _app.DisposeAsync();
        await _node.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Health_says_role_version_and_how_many_nodes_answer_and_names_none()
    {
        var text = await _http.GetStringAsync("/healthz", Ct);

        var health = JsonDocument.Parse(text).RootElement;
        Assert.Equal(("api", 1, 2), (health.GetProperty("role").GetString(), health.GetProperty("nodes").GetProperty("reachable").GetInt32(), health.GetProperty("nodes").GetProperty("total").GetInt32()));
        Assert.Matches(@"^\d+\.\d+\.\d+", health.GetProperty("version").GetString());
        Assert.DoesNotContain("vps", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("text/event-stream")]
    public async Task A_caller_who_leaves_does_not_stop_a_change_which_is_confirmed_all_the_same(string accept)
    {
        await using var node = await ScriptedNode.StartAsync();
        var left = new TaskCompletionSource();
        var applied = Changes.Generation(7, GenerationStatus.AwaitingConfirmation, Changes.ByServer());
        node.Reports("POST /v1/apply", Changes.Run(applied), held: left.Task);
        node.Says("POST /v1/generations/7/confirm", applied with { Status = GenerationStatus.Confirmed }, MeshJson.Default.Generation);
        await using var api = await ApiCaller.StartAsync(("oo1424oo", node.Endpoint));
        using var leaves = new CancellationTokenSource();
        var call = api.SendAsync("POST", "/v1/nodes/oo1424oo/flows", new { flow = "priority=1,actions=drop" }, accept: accept, ct: leaves.Token);
        await Eventually.True(() => node.Seen.Any(s => s.Name == "POST /v1/apply"), TimeSpan.FromSeconds(10), "the change has begun", Ct);

        await leaves.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        Assert.Equal(200, (await api.SendAsync("GET", "/healthz")).Status);
        left.SetResult();

        await Eventually.True(() => node.Seen.Any(s => s.Name == "POST /v1/generations/7/confirm"), TimeSpan.FromSeconds(10), "it is confirmed", Ct);
        Assert.DoesNotContain(node.Seen, s => s.Name == "POST /v1/rollback");
    }

    [Fact]
    public async Task The_dashboard_needs_no_token_takes_nothing_from_elsewhere_and_holds_no_inline_script()
    {
        using var answer = await _http.GetAsync("/", Ct);
        var page = await answer.Content.ReadAsStringAsync(Ct);

        Assert.Contains("default-src 'self'", answer.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.DoesNotMatch("(?i)https?://|<script(?![^>]*src=)|<style|\\son\\w+=|\\sstyle=", page);
    }

    [Theory]
    [InlineData("Host", "evil.example")]
    [InlineData("Origin", "https://evil.example")]
    public async Task A_foreign_host_or_origin_is_refused(string header, string value)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/healthz");
        request.Headers.TryAddWithoutValidation(header, value);
        using var answer = await _http.SendAsync(request, Ct);
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
    }

    [Theory]
    [InlineData("/mcp")]
    [InlineData("/enroll")]
    public async Task What_other_roles_serve_is_not_here(string path)
    {
        using var stranger = await _http.GetAsync(path, Ct);
        Assert.Equal(HttpStatusCode.Unauthorized, stranger.StatusCode);

        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Authorization = new("Bearer", new TokenFile(Path.Combine(_folder, "tokens.json"), TimeProvider.System).Create($"t{Guid.NewGuid():N}", [Scope.Admin]));
        using var operatorsAnswer = await _http.SendAsync(request, Ct);
        Assert.Equal(HttpStatusCode.NotFound, operatorsAnswer.StatusCode);
    }

    [Fact]
    public void It_does_not_open_a_door_beyond_loopback_without_tokens_and_encryption()
    {
        var refused = Assert.Throws<MeshException>(() => ApiHost.Build(new(new(IPAddress.Any, 0)), new(new Dictionary<string, NodeEndpoint>())));
        Assert.Equal(["tokens", "tls"], refused.Error.Problems!.Select(p => p.Path));
    }
}
