using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.Trust;
using MeshMcp.HostBridge.Access;
using MeshMcp.HostBridge.Audit;
using MeshMcp.HostBridge.Store;
using MeshMcp.HostBridge.Wire;
using MeshMcp.Server.Api;
using MeshMcp.Server.Http;
using MeshMcp.Server.Nodes;
using MeshMcp.Server.Roles;
using MeshMcp.TestKit;
using MeshMcp.TestServers;
using MeshMcp.Tools;
using MeshMcp.Tools.Calls;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ModelContextProtocol;
using ModelContextProtocol.Client;
using Xunit;

namespace MeshMcp.IntegrationTests.Server;

/// <summary>Whatever a server refuses itself is in the node's audit: every tool, on every face, and at every door.</summary>
public sealed class RefusalAuditTests : IAsyncLifetime
{
    static readonly TimeSpan Hangs = TimeSpan.FromSeconds(30);

    readonly string _folder = Directory.CreateTempSubdirectory("meshmcp-refused-").FullName;
    AuditLog _audit = null!;
    WebApplication _node = null!;
    TokenFile _tokens = null!;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    NodeSources Sources => new(new Dictionary<string, NodeEndpoint> { ["vps"] = new NodeEndpoint.Local(Path.Combine(_folder, "s")) });

    public async ValueTask InitializeAsync()
    {
        _tokens = new(Path.Combine(_folder, "tokens.json"), TimeProvider.System);
        _audit = new(Directory.CreateDirectory(Path.Combine(_folder, "state")).FullName, "vps", TimeProvider.System);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenUnixSocket(Path.Combine(_folder, "s")));
        builder.Services.AddSingleton(new SecretStore(Path.Combine(_folder, "secrets")));
        _node = builder.Build();
        new AuditRoutes(_audit, new()).Map(new NodeRoutes(_node, null!, _audit, c => new("server/mcp", Scope.Read, false, null, default) { Says = c.Request.Headers[CallerIdentity.NameHeader] }));
        await _node.StartAsync(Ct);
    }

    public async ValueTask DisposeAsync()
    {
        await _node.DisposeAsync();
        _audit.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData("session", false)]
    [InlineData("stateless", false)]
    [InlineData("rest", false)]
    [InlineData("session", true)]
    [InlineData("stateless", true)]
    [InlineData("rest", true)]
    public async Task Every_tool_that_a_token_may_not_use_or_not_on_that_node_is_one_line_under_the_tokens_name(string face, bool otherNode)
    {
        var tools = Catalogue.All.Where(t => otherNode ? t.ProtocolTool.InputSchema.GetProperty("properties").TryGetProperty("node", out _) : RequiresScopeAttribute.Of(t) != Scope.Read).ToList();
        Assert.InRange(tools.Count, 10, 60);
        await using var app = await StartAsync(face == "rest");

        foreach (var tool in tools)
        {
            var token = _tokens.Create(tool.ProtocolTool.Name, [otherNode ? Scope.Admin : Scope.Read], nodes: otherNode ? ["elsewhere"] : null);
            if (face == "rest") await CallRestAsync(app, tool.ProtocolTool.Name, token);
            else await CallMcpAsync(app, tool.ProtocolTool.Name, token, face == "session" ? "2025-11-25" : null);
        }

        string[] expected = [.. tools.Select(t => $"{t.ProtocolTool.Name} {t.ProtocolTool.Name}").Order(StringComparer.Ordinal)];
        await Eventually.True(() => _audit.Search(new(Refused: true, Limit: 1000)).Count() >= expected.Length, Hangs, "all refusals are in the audit", Ct);
        Assert.Equal(expected, _audit.Search(new(Refused: true, Limit: 1000)).Select(e => $"{e.Says} {e.Action}").Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Who_is_turned_away_at_the_door_is_one_line_under_his_address_and_the_same_again_is_counted(bool rest)
    {
        await using (var app = await StartAsync(rest))
        {
            using var http = new HttpClient { BaseAddress = new(app.Urls.Single()) };
            var path = rest ? "/v1/nodes/vps/flows" : "/mcp";
            for (var i = 0; i < 50; i++) Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(http, path, null));
            Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(http, path + "?", "Bearer mesh_wrong"));
            Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(http, rest ? "/v1/topology" : "/healthz", null, "evil.example"));
            await Eventually.True(() => _audit.Search(new(Refused: true)).Count() == 2, Hangs, "both are in the audit", Ct);
            await app.StopAsync(Ct);
        }
        var lines = _audit.Search(new(Refused: true)).ToList();
        Assert.All(lines, e => Assert.Equal(("server/mcp", "127.0.0.1"), (e.Caller, e.Says)));
        _audit.Dispose();
        // The server told what it had counted when it ended, and the node what it had.
        Assert.Contains(_audit.Search(new()), e => e.Outcome.StartsWith("refused 50 times more", StringComparison.Ordinal));
    }

    async Task<WebApplication> StartAsync(bool rest)
    {
        var settings = new HttpSettings(new(IPAddress.Loopback, 0), Tokens: _tokens);
        var app = rest ? ApiHost.Build(settings, Sources) : HttpHost.Build(settings, MeshSurface.Of(Sources, toolsets: MeshTools.ToolsetNames));
        await app.StartAsync(Ct);
        return app;
    }

    static async Task CallMcpAsync(WebApplication app, string tool, string token, string? version)
    {
        await using var client = await McpClient.CreateAsync(new HttpClientTransport(new()
        {
            Endpoint = new($"{app.Urls.Single()}/mcp"),
            TransportMode = HttpTransportMode.StreamableHttp,
            AdditionalHeaders = new Dictionary<string, string> { ["Authorization"] = $"Bearer {token}" },
        }), new() { ProtocolVersion = version }, cancellationToken: Ct);
        try
        {
            Assert.True((await client.CallToolAsync(tool, new Dictionary<string, object?> { ["node"] = "vps" }, cancellationToken: Ct)).IsError);
        }
        catch (HttpRequestException e)
        {
            // The scope is asked for at the door.
            Assert.Equal(HttpStatusCode.Forbidden, e.StatusCode);
        }
    }

    static async Task CallRestAsync(WebApplication app, string tool, string token)
    {
        var route = new ApiRoutes(Catalogue.All.ToDictionary(t => t.ProtocolTool.Name)).All.Single(r => r.Tool == tool);
        using var http = new HttpClient { BaseAddress = new(app.Urls.Single()) };
        using var request = new HttpRequestMessage(new(route.Method), string.Join('/', route.Path.Split('/').Select(p => p switch { "{node}" => "vps", "{protocol}" => "tcp", ['{', ..] => "1", _ => p })) + (route.Path.Contains("{node}", StringComparison.Ordinal) ? "" : "?node=vps"));
        if (route.TakesBody) request.Content = JsonContent.Create(new Dictionary<string, object>());
        request.Headers.Authorization = new("Bearer", token);
        using var answer = await http.SendAsync(request, Ct);
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
    }

    static async Task<HttpStatusCode> StatusAsync(HttpClient http, string path, string? authorization, string? host = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (authorization is not null) request.Headers.TryAddWithoutValidation("Authorization", authorization);
        if (host is not null) request.Headers.Host = host;
        using var answer = await http.SendAsync(request, Ct);
        return answer.StatusCode;
    }
}
