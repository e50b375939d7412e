using System.Net;
using System.Net.Http.Json;
using MeshMcp.Contracts.Files;
using MeshMcp.Contracts.Joining;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.State;
using MeshMcp.Contracts.Trust;
using MeshMcp.HostBridge.Access;
using MeshMcp.HostBridge.Audit;
using MeshMcp.HostBridge.Store;
using MeshMcp.HostBridge.Wire;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace MeshMcp.UnitTests.Store;

/// <summary>Every answer that holds keys, asked to hand them over, through the node's own wire.</summary>
public sealed class HandoverRoutesTests : IAsyncDisposable
{
    /// <summary>Who asks on the node.</summary>
    const uint Local = 4711;

    /// <summary>One of each kind, with what nobody may see but who opens it.</summary>
    static readonly Dictionary<Type, (IHandedOver Answer, string[] Secrets)> Answers = new()
    {
        [typeof(VpnAccess)] = (new VpnAccess("anna", "10.8.0.2", "public", null, "[Interface]\nPrivateKey = very-private\n", [], null), ["very-private"]),
        [typeof(AddedXrayUser)] = (new AddedXrayUser("anna", 7, [new("vless", "vless://one"), new("vmess", "vmess://two")], []), ["vless://one", "vmess://two"]),
        [typeof(XrayUserLinks)] = (new XrayUserLinks("anna", [new("vless", "vless://one")]), ["vless://one"]),
        [typeof(Invited)] = (new Invited("anna", default, "invitation-word"), ["invitation-word"]),
        [typeof(NewEnrollmentKey)] = (new NewEnrollmentKey("anna", "mesh", "enrolling-token", 1, null, false), ["enrolling-token"]),
    };

    readonly string _folder = Directory.CreateTempSubdirectory("meshmcp-handing-").FullName;
    readonly AuditLog _audit;
    readonly WebApplication _app;
    readonly HttpClient _client = new();
    int _runs;

    public HandoverRoutesTests()
    {
        _audit = new(_folder, "vps", TimeProvider.System);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton(_audit).AddSingleton(new SecretStore(Path.Combine(_folder, "secrets"))).AddSingleton(new Handovers(Path.Combine(_folder, "run"), TimeProvider.System));
        _app = builder.Build();
        _app.UseMiddleware<MeshMcp.HostBridge.Wire.Errors>();
        _app.Use((context, next) =>
        {
            context.Features.Set(new Peer(Environment.ProcessId, Local, null, TimeProvider.System.GetTimestamp()));
            return next(context);
        });
        var routes = new NodeRoutes(_app, null!, _audit, c => new(c.Request.Headers.ContainsKey("X-Relay") ? "server/mcp" : "uid 0", Scope.Admin, !c.Request.Headers.ContainsKey("X-Relay"), null, default) { Says = "alice" });
        Map<VpnAccess>(routes, MeshJson.Default.VpnAccess);
        Map<AddedXrayUser>(routes, MeshJson.Default.AddedXrayUser);
        Map<XrayUserLinks>(routes, MeshJson.Default.XrayUserLinks);
        Map<Invited>(routes, MeshJson.Default.Invited);
        Map<NewEnrollmentKey>(routes, MeshJson.Default.NewEnrollmentKey);
        new HandoverRoutes(_app.Services.GetRequiredService<Handovers>()).Map(routes);
    }

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static TheoryData<string> Kinds => [.. typeof(IHandedOver).Assembly.GetTypes().Where(t => t.IsAssignableTo(typeof(IHandedOver)) && t.IsClass).Select(t => t.Name)];

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _app.DisposeAsync();
        _audit.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void What_is_revealed_can_be_handed_over_but_for_what_is_opened() =>
        Assert.Equal([nameof(HandedOver)], typeof(IRevealed).Assembly.GetTypes().Where(t => t.IsClass && t.IsAssignableTo(typeof(IRevealed)) && !t.IsAssignableTo(typeof(IHandedOver))).Select(t => t.Name).Order(StringComparer.Ordinal));

    [Theory, MemberData(nameof(Kinds))]
    public async Task By_a_link_no_answer_holds_a_secret_who_has_the_token_gets_it_once_and_the_audit_tells_of_both_and_neither(string kind)
    {
        await _app.StartAsync(Ct);
        var secrets = SecretsOf(kind);
        var plain = (await AskAsync($"/{kind}")).Body;
        Assert.All(secrets, s => Assert.Contains(s, plain, StringComparison.Ordinal));

        var (status, body) = await AskAsync($"/{kind}?handover=link");
        var token = Token(body);
        var opened = await OpenAsync(token);
        var again = await OpenAsync(token);

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.All(secrets, s => Assert.DoesNotContain(s, body, StringComparison.Ordinal));
        Assert.Contains("anna", body, StringComparison.Ordinal);
        Assert.All(secrets, s => Assert.Contains(s, opened.Body, StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.NotFound, again.Status);
        Assert.Contains("opened already", again.Body, StringComparison.Ordinal);
        var audit = _audit.Search(new()).ToList();
        Assert.Equal(["POST /v1/handover/open", "POST /v1/handover/open", $"GET /{kind} by link", $"GET /{kind}"], audit.Select(e => e.Action));
        Assert.StartsWith("opened: ", audit[1].Outcome, StringComparison.Ordinal);
        Assert.EndsWith("asked for by server/mcp (says: alice)", audit[1].Outcome, StringComparison.Ordinal);
        Assert.True(audit[0].Refused);
        var lines = string.Join('\n', _audit.Lines());
        Assert.All([.. secrets, token], s => Assert.DoesNotContain(s, lines, StringComparison.Ordinal));
    }

    [Theory, MemberData(nameof(Kinds))]
    public async Task By_a_file_no_answer_holds_a_secret_and_the_file_does(string kind)
    {
        await _app.StartAsync(Ct);

        var (_, body) = await AskAsync($"/{kind}?handover=file");
        var file = System.Text.Json.JsonDocument.Parse(body).RootElement.GetProperty("handover").GetProperty("file").GetString()!;

        Assert.All(SecretsOf(kind), s => Assert.DoesNotContain(s, body, StringComparison.Ordinal));
        Assert.All(SecretsOf(kind), s => Assert.Contains(s, File.ReadAllText(file), StringComparison.Ordinal));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
    }

    [Theory]
    [InlineData(false, Local), InlineData(true, 0u)]
    public async Task The_file_is_of_whoever_asks_on_the_node_and_of_root_when_somebody_asks_from_elsewhere(bool relayed, uint user)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root gives files away.");
        await _app.StartAsync(Ct);

        var (_, body) = await AskAsync($"/{nameof(VpnAccess)}?handover=file", relayed);

        Assert.Equal(user, FileRights.Of(System.Text.Json.JsonDocument.Parse(body).RootElement.GetProperty("handover").GetProperty("file").GetString()!)!.User);
    }

    [Fact]
    public async Task A_way_that_is_none_is_refused_before_anything_is_done()
    {
        await _app.StartAsync(Ct);

        var (status, body) = await AskAsync($"/{nameof(VpnAccess)}?handover=pigeon");

        Assert.Equal((HttpStatusCode.BadRequest, 0), (status, _runs));
        Assert.Contains("pigeon", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_there_is_nothing_secret_nothing_is_handed_over()
    {
        await _app.StartAsync(Ct);

        var (_, body) = await AskAsync("/none?handover=link");

        Assert.DoesNotContain("handover", body, StringComparison.Ordinal);
    }

    void Map<T>(NodeRoutes routes, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type) where T : IHandedOver
    {
        routes.Reveal($"/{typeof(T).Name}", "wireguard", Scope.Operate, type, _ =>
        {
            _runs++;
            return Task.FromResult((T)Answers[typeof(T)].Answer);
        });
        if (typeof(T) == typeof(XrayUserLinks)) routes.Reveal("/none", "xray", Scope.Operate, MeshJson.Default.XrayUserLinks, _ => Task.FromResult(new XrayUserLinks("anna", [])));
    }

    static string[] SecretsOf(string kind) => Answers.Single(a => a.Key.Name == kind).Value.Secrets;

    static string Token(string body) => System.Text.Json.JsonDocument.Parse(body).RootElement.GetProperty("handover").GetProperty("token").GetString()!;

    async Task<(HttpStatusCode Status, string Body)> AskAsync(string path, bool relayed = true)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, _app.Urls.Single() + path);
        if (relayed) request.Headers.Add("X-Relay", "");
        using var answer = await _client.SendAsync(request, Ct);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(Ct));
    }

    async Task<(HttpStatusCode Status, string Body)> OpenAsync(string token)
    {
        using var answer = await _client.PostAsync($"{_app.Urls.Single()}/v1/handover/open", JsonContent.Create(new HandoverToken(token), MeshJson.Default.HandoverToken), Ct);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(Ct));
    }
}
