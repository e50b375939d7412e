using System.Diagnostics;
using MeshMcp.TestKit;
using Xunit;

namespace MeshMcp.EndToEndTests;

/// <summary>The main job: an MCP client changes a flow on the far node, through the mesh.</summary>
public sealed class MainJobTests(LabFixture fixture)
{
    const string Flow = "priority=150,udp,tp_dst=5353,actions=output:veth102";

    static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData(null)]
    [InlineData("2025-11-25")]
    public async Task A_client_lists_nodes_adds_a_flow_on_the_far_node_sees_it_there_and_takes_it_back(string? protocol)
    {
        await using var caller = await McpCaller.ReadyAsync(fixture, protocol);
        Assert.Contains("add_flow", await caller.ToolsAsync());
        Assert.Contains("2 of 2 nodes answer", (await caller.CallAsync("list_nodes")).Text);

        var added = await caller.CallAsync("add_flow", ("node", "oo1424oo"), ("flow", Flow));
        Assert.False(added.Refused, added.Text);
        Assert.Contains("changed: true", added.Text);
        Assert.Contains("priority=150,udp,tp_dst=5353 actions=output:102", await DumpAsync("oo1424oo"));
        Assert.DoesNotContain("5353", await DumpAsync("vps"));
        Assert.Contains("5353", (await caller.CallAsync("list_flows", ("node", "oo1424oo"))).Text);
        Assert.Contains("changed: false", (await caller.CallAsync("add_flow", ("node", "oo1424oo"), ("flow", Flow))).Text);

        var trace = await caller.CallAsync("trace_packet", ("node", "oo1424oo"), ("packet", "in_port=veth100,udp,nw_src=10.0.0.100,nw_dst=10.0.0.102,tp_dst=5353"));
        Assert.Contains("veth102", trace.Text);

        var deleted = await caller.CallAsync("delete_flow", ("node", "oo1424oo"), ("flow", "udp,tp_dst=5353"));
        Assert.Contains("changed: true", deleted.Text);
        Assert.DoesNotContain("5353", await DumpAsync("oo1424oo"));
    }

    [Fact]
    public async Task The_call_travels_through_the_WireGuard_tunnel_and_fails_as_Unavailable_without_it()
    {
        await using var caller = await McpCaller.ReadyAsync(fixture);
        using (var capture = fixture.Lab.In("oo1424oo", "tcpdump", "-n", "-l", "-c", "3", "-i", "nm-privacy", "tcp port 9575").Start())
        {
            await Eventually.True(async () => (await capture.StandardError.ReadLineAsync())?.Contains("listening") == true, Soon, "the capture listens");
            await caller.CallAsync("list_nodes");
            Assert.Contains("10.1.0.200.", await capture.StandardOutput.ReadLineAsync().WaitAsync(Soon));
            capture.Kill();
        }

        await fixture.Lab.In("oo1424oo", "ip", "link", "set", "nm-privacy", "down").TextAsync();
        try
        {
            var clock = Stopwatch.StartNew();
            var nodes = await caller.CallAsync("list_nodes");
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(5), $"list_nodes took {clock.Elapsed}");
            Assert.Contains("oo1424oo: unreachable", nodes.Text);
            Assert.Matches("vps: (in sync|waits)", nodes.Text);
            var refused = await caller.CallAsync("add_flow", ("node", "oo1424oo"), ("flow", Flow));
            Assert.Equal("Unavailable", refused.Error, ignoreCase: true);
        }
        finally
        {
            await fixture.Lab.In("oo1424oo", "ip", "link", "set", "nm-privacy", "up").TextAsync();
            await fixture.Lab.In("oo1424oo", "ip", "route", "replace", "10.1.0.0/24", "dev", "nm-privacy").TextAsync();
        }
        await Eventually.True(async () => (await caller.CallAsync("list_nodes")).Text.Contains("2 of 2 nodes answer"), Soon, "the far node answers again");
        Assert.DoesNotContain("5353", await DumpAsync("oo1424oo"));
    }

    [Fact]
    public async Task Our_flows_are_back_within_3_seconds_of_the_return_of_ovs_vswitchd()
    {
        var flows = (await DumpAsync("oo1424oo")).Split('\n').Length;
        await fixture.Lab.StopAsync("oo1424oo/ovs-vswitchd");
        await fixture.Lab.StartAsync("oo1424oo/ovs-vswitchd");
        await Eventually.True(async () => (await DumpAsync("oo1424oo")).Length > 0, Soon, "ovs-vswitchd answers");
        await Eventually.True(async () => (await DumpAsync("oo1424oo")).Split('\n').Length == flows, TimeSpan.FromSeconds(3), "our flows are back");
    }

    [Fact]
    public async Task Ten_writers_at_once_on_both_nodes_lose_no_flow()
    {
        await using var caller = await McpCaller.ReadyAsync(fixture);
        string FlowOf(int i) => $"priority=160,udp,tp_dst={20000 + i},actions=drop";
        string NodeOf(int i) => i % 2 == 0 ? "vps" : "oo1424oo";
        var added = await Task.WhenAll(Enumerable.Range(0, 10).Select(i => caller.CallAsync("add_flow", ("node", NodeOf(i)), ("flow", FlowOf(i)))));
        Assert.All(added, a => Assert.False(a.Refused, a.Text));
        for (var i = 0; i < 10; i++) Assert.Contains($"tp_dst={20000 + i}", await DumpAsync(NodeOf(i)));
        await Task.WhenAll(Enumerable.Range(0, 10).Select(i => caller.CallAsync("delete_flow", ("node", NodeOf(i)), ("flow", FlowOf(i)))));
        Assert.DoesNotContain("udp", await DumpAsync("vps") + await DumpAsync("oo1424oo"));
    }

    async Task<string> DumpAsync(string node) => await fixture.Lab.In(node, "ovs-ofctl", "--no-stats", "--no-names", "dump-flows", "mesh").TextAsync();
}
