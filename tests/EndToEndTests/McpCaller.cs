using System.Text.Json;
using MeshMcp.TestKit;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace MeshMcp.EndToEndTests;

/// <summary>A real MCP client of the lab's server, through the loopback port.</summary>
sealed class McpCaller(McpClient client) : IAsyncDisposable
{
    public static async Task<McpCaller> ConnectAsync(LabFixture fixture, string? protocol = null, string? token = null)
    {
        var transport = new HttpClientTransport(new()
        {
            Endpoint = fixture.Url,
            TransportMode = HttpTransportMode.StreamableHttp,
            AdditionalHeaders = new Dictionary<string, string> { ["Authorization"] = $"Bearer {token ?? fixture.Token}" },
        });
        return new(await McpClient.CreateAsync(transport, new() { ProtocolVersion = protocol }));
    }

    /// <summary>Connects once the server and both nodes answer: the test before may have killed something.</summary>
    public static async Task<McpCaller> ReadyAsync(LabFixture fixture, string? protocol = null, string? token = null)
    {
        McpCaller? ready = null;
        await Eventually.True(async () =>
        {
            var caller = await ConnectAsync(fixture, protocol, token).WaitAsync(TimeSpan.FromSeconds(5));
            if ((await caller.CallAsync("list_nodes")).Text.Contains("2 of 2 nodes answer")) ready = caller;
            else await caller.DisposeAsync();
            return ready is not null;
        }, TimeSpan.FromSeconds(30), "the server and both nodes answer");
        return ready!;
    }

    /// <summary>The structured answer and the text; a tool's refusal has its error in <see cref="Said.Error"/>.</summary>
    public async Task<Said> CallAsync(string tool, params (string Name, object Value)[] arguments)
    {
        var result = await client.CallToolAsync(tool, arguments.ToDictionary(a => a.Name, a => (object?)a.Value));
        var text = string.Join('\n', result.Content.OfType<TextContentBlock>().Select(b => b.Text));
        return new(result.IsError == true, text, result.StructuredContent is { } s ? JsonSerializer.SerializeToElement(s) : default, result.Meta?["meshmcp/error"]?["kind"]?.ToString());
    }

    public async Task<IReadOnlyList<string>> ToolsAsync() => [.. (await client.ListToolsAsync()).Select(t => t.Name)];

    public ValueTask DisposeAsync() => client.DisposeAsync();
}

sealed record Said(bool Refused, string Text, JsonElement Answer, string? Error);
