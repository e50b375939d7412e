using System.Net;
using MeshMcp.Contracts.Trust;
using MeshMcp.Server.Http;
using MeshMcp.Server.Mcp;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using ModelContextProtocol.Client;
using ModelContextProtocol.Server;

namespace MeshMcp.IntegrationTests.Server;

/// <summary>The product's host layer in this process, on a random loopback port, with tools made for tests and a tokens file of its own.</summary>
sealed class McpTestServer : IAsyncDisposable
{
    readonly string _folder;
    readonly WebApplication _app;

    McpTestServer(string folder, TokenFile tokens, WebApplication app, TestTools tools)
    {
        (_folder, Tokens, _app, Tools) = (folder, tokens, app, tools);
        Url = new($"{app.Urls.Single()}/mcp");
    }

    public TokenFile Tokens { get; }

    public TestTools Tools { get; }

    public Uri Url { get; }

    public static async Task<McpTestServer> StartAsync(Func<HttpSettings, HttpSettings>? change = null)
    {
        var folder = Directory.CreateTempSubdirectory("meshmcp-server-").FullName;
        var tokens = new TokenFile(Path.Combine(folder, "tokens.json"), TimeProvider.System);
        var tools = new TestTools();
        var settings = new HttpSettings(new(IPAddress.Loopback, 0), Tokens: tokens);
        try
        {
            var app = HttpHost.Build(change?.Invoke(settings) ?? settings, new McpSurface(services => services.AddSingleton(tools), _ => new McpServerOptions
            {
                ServerInfo = new() { Name = "test", Version = "1" },
                ToolCollection = [.. tools.All()],
                ResourceCollection = [McpServerResource.Create(TestTools.Missing, new() { UriTemplate = "mesh://missing", Name = "missing" }), McpServerResource.Create(tools.SlowAsync, new() { UriTemplate = "mesh://slow", Name = "slow" })],
                PromptCollection = [],
            }));
            await app.StartAsync();
            return new(folder, tokens, app, tools);
        }
        catch
        {
            Directory.Delete(folder, recursive: true);
            throw;
        }
    }

    public Task StopAsync() => _app.StopAsync();

    /// <summary>Another tool, of which listening clients hear.</summary>
    public void AddTool(string name) => _app.Services.GetRequiredService<Dialects>().Session.ToolCollection!.Add(McpServerTool.Create(() => name, new() { Name = name }));

    /// <param name="version">The package's own choice, the newest, when null.</param>
    public Task<McpClient> ConnectAsync(string token, string? version = null) => McpClient.CreateAsync(
        new HttpClientTransport(new()
        {
            Endpoint = Url,
            TransportMode = HttpTransportMode.StreamableHttp,
            AdditionalHeaders = new Dictionary<string, string> { ["Authorization"] = $"Bearer {token}" },
        }),
        new() { ProtocolVersion = version });

    /// <summary>One connection, as curl makes it.</summary>
    public RawMcp Raw(string? token = null) => new(Url, token);

    public async ValueTask DisposeAsync()
    {
        Tools.Release();
        await _app.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
