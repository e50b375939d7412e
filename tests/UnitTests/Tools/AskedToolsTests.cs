using System.Net;
using System.Text;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Server.Http;
using MeshMcp.Server.Roles;
using MeshMcp.TestServers;
using MeshMcp.Tools;
using Microsoft.AspNetCore.Builder;
using ModelContextProtocol.Client;
using Xunit;

namespace MeshMcp.UnitTests.Tools;

/// <summary>A client says by URL or header which toolsets it shows, in both dialects; what it does not show it cannot call.</summary>
public sealed class AskedToolsTests : IAsyncLifetime
{
    static readonly string[] Usual = [.. Catalogue.Of(null).Select(t => t.ProtocolTool.Name)], All = [.. Catalogue.All.Select(t => t.ProtocolTool.Name)];

    readonly WebApplication _app = HttpHost.Build(new(new(IPAddress.Loopback, 0)), MeshSurface.Of(new Dictionary<string, NodeEndpoint>()));

    public async ValueTask InitializeAsync() => await _app.StartAsync(Ct);

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("")]
    [InlineData("?toolsets=")]
    [InlineData("?toolsets=default")]
    public async Task Who_says_nothing_sees_the_usual_ones_and_is_told_of_the_others(string query)
    {
        await using var client = await ConnectAsync(query);

        Assert.Equal(Usual.Order(StringComparer.Ordinal), await NamesAsync(client));
        Assert.NotEqual(Usual.Length, All.Length);
        Assert.All(MeshTools.ToolsetNames.Where(t => Catalogue.Of([t]).Any(tool => !Usual.Contains(tool.ProtocolTool.Name))), t => Assert.Matches($@"There are more toolsets: .*\b{t} \([^()]{{10,}}\)", client.ServerInstructions!));
        // Every client hands the instructions over: that is cheaper than a tool that says the same.
        Assert.InRange(client.ServerInstructions!.Split('\n')[^1].Length, 1, 900);
    }

    [Theory]
    [InlineData("?toolsets=all", null, null)]
    [InlineData("?toolsets=default,xray,netmaker,host,diagnose,documents,setup", null, null)]
    [InlineData("?toolsets=ALL", null, "2025-11-25")]
    [InlineData("", "all", null)]
    [InlineData("", "all", "2025-11-25")]
    public async Task By_URL_or_header_a_client_sees_all(string query, string? header, string? version)
    {
        await using var client = await ConnectAsync(query, header is null ? null : ("X-MCP-Toolsets", header), version);

        Assert.Equal(All.Order(StringComparer.Ordinal), await NamesAsync(client));
    }

    [Fact]
    public async Task One_toolset_alone_is_shown_and_nothing_else_can_be_called()
    {
        await using var client = await ConnectAsync("?toolsets=flows");

        Assert.Equal(["add_flow", "delete_flow", "list_flows"], await NamesAsync(client));
        var hidden = (await client.CallToolAsync("xray_status", new Dictionary<string, object?> { ["node"] = "vps" }, cancellationToken: Ct)).Refusal();
        Assert.StartsWith("NotFound: xray_status is in toolset xray, which this client does not show.", hidden, StringComparison.Ordinal);
        Assert.Contains("/mcp?toolsets=flows,xray", hidden, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("?readonly=true&toolsets=all", null)]
    [InlineData("?toolsets=all", "true")]
    public async Task Who_connects_to_read_sees_nothing_that_changes_and_can_call_nothing(string query, string? header)
    {
        await using var client = await ConnectAsync(query, header is null ? null : ("X-MCP-Readonly", header));

        var shown = await NamesAsync(client);
        var changing = Catalogue.All.Where(t => t.ProtocolTool.Annotations?.ReadOnlyHint != true).ToList();
        Assert.Equal(All.Except(changing.Select(t => t.ProtocolTool.Name)).Order(StringComparer.Ordinal), shown);
        Assert.NotEmpty(shown);
        foreach (var tool in changing)
        {
            var refused = (await client.CallToolAsync(tool.ProtocolTool.Name, Catalogue.Needed(tool, "vps").ToDictionary(a => a.Name, a => a.Value), cancellationToken: Ct)).Refusal();
            Assert.Contains($"{tool.ProtocolTool.Name} changes something, and this client connected with readonly=true", refused, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("?toolsets=xrai")]
    [InlineData("?toolsets=flows,*")]
    public async Task A_toolset_that_there_is_not_is_refused_with_those_that_there_are(string query)
    {
        using var http = new HttpClient();
        using var answer = await http.PostAsync(new Uri($"{_app.Urls.Single()}/mcp{query}"), new StringContent("""{"jsonrpc":"2.0","id":1,"method":"tools/list"}""", Encoding.UTF8, "application/json"), Ct);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains("There are: all, default, observe", await answer.Content.ReadAsStringAsync(Ct), StringComparison.Ordinal);
    }

    async Task<McpClient> ConnectAsync(string query, (string Name, string Value)? header = null, string? version = null) => await McpClient.CreateAsync(
        new HttpClientTransport(new()
        {
            Endpoint = new($"{_app.Urls.Single()}/mcp{query}"),
            TransportMode = HttpTransportMode.StreamableHttp,
            AdditionalHeaders = header is { } h ? new Dictionary<string, string> { [h.Name] = h.Value } : null,
        }), new() { ProtocolVersion = version }, cancellationToken: Ct);

    static async Task<IEnumerable<string>> NamesAsync(McpClient client) => (await client.ListToolsAsync(cancellationToken: Ct)).Select(t => t.Name).Order(StringComparer.Ordinal);
}
