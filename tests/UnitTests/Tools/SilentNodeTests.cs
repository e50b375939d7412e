using System.Diagnostics;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.Nodes;
using MeshMcp.TestServers;
using Xunit;

namespace MeshMcp.UnitTests.Tools;

[Collection(nameof(Alone))]
public sealed class SilentNodeTests
{
    static readonly NodeStatus Healthy = new("vps", "0.1.0", [new("bridge", true, true, true), new("openflow", true, true, true)], Changes.Generation(3, GenerationStatus.Confirmed), null, true, []);

    [Fact]
    public async Task A_dead_node_and_a_silent_one_do_not_hold_up_the_others()
    {
        await using var vps = await ScriptedNode.StartAsync();
        await using var silent = await ScriptedNode.StartAsync();
        vps.Says("GET /v1/node", Healthy, MeshJson.Default.NodeStatus);
        silent.On("GET /v1/node", context => Task.Delay(Timeout.Infinite, context.RequestAborted));
        await using var server = await ToolServer.StartAsync(("vps", vps.Endpoint), ("dead", new NodeEndpoint.Local("/nowhere/bridge.sock")), ("silent", silent.Endpoint));
        var clock = Stopwatch.StartNew();

        var result = await server.CallAsync("list_nodes");

        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(5));
        Assert.StartsWith("1 of 3 nodes answer", result.Said(), StringComparison.Ordinal);
        Assert.Contains("dead: unreachable: The host bridge's socket /nowhere/bridge.sock does not exist", result.Said());
        Assert.Contains("silent: unreachable: Node silent did not answer within 4 s", result.Said());
        Assert.Contains("vps: in sync, generation 3", result.Said());
        Assert.Equal(("anonymous", "Admin"), (vps.Seen[0].Caller, vps.Seen[0].Scope));
    }
}
