using System.Text.Json.Nodes;
using MeshMcp.Contracts.Trust;
using ModelContextProtocol;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;
using Xunit;

namespace MeshMcp.IntegrationTests.Server;

/// <summary>What a model hears when something goes wrong; the same in both dialects.</summary>
public sealed class McpFaultTests : IAsyncLifetime
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    McpTestServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await McpTestServer.StartAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory, InlineData(null), InlineData(RawMcp.Session)]
    public async Task A_typed_error_comes_as_text_to_act_on_and_as_json(string? version)
    {
        var result = await CallAsync(version, "refuse");

        Assert.True(result.IsError);
        Assert.Equal("""
            InvalidArgument: The flow is malformed (vps)
            - flow at character 7: there is no port 'veth20'; did you mean veth200 or veth201?
            Correct it.
            """, result.Content.ToText());
        Assert.Equal("InvalidArgument", result.Meta!["meshmcp/error"]!["kind"]!.GetValue<string>());
        Assert.Equal("""["veth200","veth201"]""", result.Meta["meshmcp/error"]!["problems"]![0]!["nearest"]!.ToJsonString());
    }

    [Theory, InlineData(null), InlineData(RawMcp.Session)]
    public async Task A_defect_is_told_by_an_id_and_not_by_its_details(string? version)
    {
        var result = await CallAsync(version, "break");

        Assert.True(result.IsError);
        Assert.Matches("^Bug: break failed by a defect of MeshMcp \\(fault [0-9a-f]{8}\\)", result.Content.ToText());
        Assert.DoesNotContain("secret", result.Content.ToText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Wrong_arguments_are_all_told_before_the_tool_runs()
    {
        var result = await CallAsync(null, "change", new() { ["nod"] = "vps", ["times"] = "often" });

        Assert.True(result.IsError);
        Assert.Equal("""
            InvalidArgument: The arguments of change are not valid (change)
            - nod: there is no such argument; there are: node, times; did you mean node?
            - times: must be integer, not string
            - node: this argument is required
            """, result.Content.ToText());
    }

    [Fact]
    public async Task A_resource_that_fails_says_why()
    {
        await using var client = await _server.ConnectAsync(_server.Tokens.Create("reader", [Scope.Read]));
        var refused = await Assert.ThrowsAsync<McpProtocolException>(() => client.ReadResourceAsync("mesh://missing", cancellationToken: Ct).AsTask());
        Assert.Contains("NotFound: There is no such thing", refused.Message, StringComparison.Ordinal);
    }

    async Task<CallToolResult> CallAsync(string? version, string tool, Dictionary<string, object?>? arguments = null)
    {
        await using var client = await _server.ConnectAsync(_server.Tokens.Create($"caller-{Guid.NewGuid():N}", [Scope.Admin]), version);
        return await client.CallToolAsync(tool, arguments, cancellationToken: Ct);
    }
}
