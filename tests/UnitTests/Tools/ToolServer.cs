using System.Net;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Server.Http;
using MeshMcp.Server.Roles;
using Microsoft.AspNetCore.Builder;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace MeshMcp.TestServers;

/// <summary>The product's own server for given nodes on a loopback port, with a client connected to it.</summary>
sealed class ToolServer(WebApplication app, McpClient client) : IAsyncDisposable
{
    public McpClient Client => client;

    public static Task<ToolServer> StartAsync(params IEnumerable<(string Name, NodeEndpoint Endpoint)> nodes) => WithAsync(null, nodes);

    /// <param name="toolsets">Null: the default ones.</param>
    public static async Task<ToolServer> WithAsync(IReadOnlyList<string>? toolsets, params IEnumerable<(string Name, NodeEndpoint Endpoint)> nodes)
    {
        var app = HttpHost.Build(new(new(IPAddress.Loopback, 0)), MeshSurface.Of(nodes.ToDictionary(n => n.Name, n => n.Endpoint), toolsets));
        await app.StartAsync();
        var transport = new HttpClientTransport(new() { Endpoint = new($"{app.Urls.Single()}/mcp"), TransportMode = HttpTransportMode.StreamableHttp });
        return new(app, await McpClient.CreateAsync(transport));
    }

    public async Task<CallToolResult> CallAsync(string tool, params IEnumerable<(string Name, object? Value)> arguments) =>
        await client.CallToolAsync(tool, arguments.ToDictionary(a => a.Name, a => a.Value));

    public async ValueTask DisposeAsync()
    {
        await client.DisposeAsync();
        await app.StopAsync();
        await app.DisposeAsync();
    }
}

static class ToolResults
{
    public static string Text(this CallToolResult result) => string.Join('\n', result.Content.OfType<TextContentBlock>().Select(t => t.Text));

    /// <summary>The text of a refusal.</summary>
    public static string Refusal(this CallToolResult result)
    {
        Xunit.Assert.True(result.IsError, result.Text());
        return result.Text();
    }

    /// <summary>The text of what went well.</summary>
    public static string Said(this CallToolResult result)
    {
        Xunit.Assert.False(result.IsError ?? false, result.Text());
        return result.Text();
    }
}
