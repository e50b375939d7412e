using System.Net;
using System.Text.Json;
using MeshMcp.Contracts.Trust;
using MeshMcp.Server.Http;
using MeshMcp.Server.Nodes;
using MeshMcp.Server.Roles;
using MeshMcp.TestKit;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using ModelContextProtocol.Client;
using Xunit;

namespace MeshMcp.IntegrationTests.Server;

/// <summary>The nodes of a running server follow its configuration.</summary>
public sealed class NodeWatchTests : IAsyncLifetime
{
    static readonly TimeSpan Hangs = TimeSpan.FromSeconds(20);

    readonly string _folder = Directory.CreateTempSubdirectory("meshmcp-nodes-").FullName;
    WebApplication _app = null!;
    McpClient _client = null!;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    string Configuration => Path.Combine(_folder, "server.json");

    public async ValueTask InitializeAsync()
    {
        var authority = new AuthorityFolder(_folder, TimeProvider.System);
        authority.Create("mesh");
        authority.Issue(MeshRole.Server, "mcp", []);
        Write("vps");
        var configuration = ServerConfiguration.Read(Configuration);
        _app = HttpHost.Build(new(new(IPAddress.Loopback, 0)), MeshSurface.Of(configuration.SourcesIn(Configuration)));
        await _app.StartAsync(Ct);
        _client = await McpClient.CreateAsync(new HttpClientTransport(new() { Endpoint = new($"{_app.Urls.Single()}/mcp") }), cancellationToken: Ct);
    }

    public async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync();
        await _app.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_node_is_added_and_removed_by_one_line_and_a_slip_of_the_pen_changes_nothing()
    {
        Assert.Equal(["vps"], await NamesAsync());

        Write("vps", "edge1");
        await Eventually.True(async () => (await NamesAsync()).Count == 2, Hangs, "the new node is known", Ct);

        var watch = _app.Services.GetServices<IHostedService>().OfType<NodeWatch>().Single();
        await File.WriteAllTextAsync(Configuration, """{ "nodes": { "vps": """, Ct);
        await Eventually.True(() => watch.Problem is not null, Hangs, "the fault is seen", Ct);
        Assert.Equal(["edge1", "vps"], await NamesAsync());

        Write("edge1", "edge2", "edge3");
        await Eventually.True(async () => (await NamesAsync()).Count == 3, Hangs, "the mended file counts", Ct);
        Assert.Equal(["edge1", "edge2", "edge3"], await NamesAsync());
        Assert.Null(watch.Problem);
    }

    async Task<IReadOnlyList<string>> NamesAsync()
    {
        var list = await _client.CallToolAsync("list_nodes", cancellationToken: Ct);
        return [.. list.StructuredContent!.Value.GetProperty("nodes").EnumerateArray().Select(n => n.GetProperty("name").GetString()!)];
    }

    /// <summary>Nobody answers at these addresses: refused at once.</summary>
    void Write(params string[] nodes) => File.WriteAllText(Configuration, JsonSerializer.Serialize(new
    {
        identity = new { ca = PathTo("ca.crt"), certificate = PathTo("mcp.server.crt"), key = PathTo("mcp.server.key") },
        nodes = nodes.ToDictionary(n => n, _ => new { address = "127.0.0.1:1" }),
    }));

    string PathTo(string file) => Path.Combine(_folder, file);
}
