using System.Text.Json;
using MeshMcp.Contracts.Nodes;
using MeshMcp.TestKit;
using MeshMcp.TestServers;
using Xunit;

namespace MeshMcp.IntegrationTests.Tools;

/// <summary>An MCP client, the product's server and tools, the real agent and a real Open vSwitch.</summary>
public sealed class FlowThroughMcpTests
{
    const string State = """
        {
          "bridge": { "address": "10.1.0.1/24", "datapath": "netdev", "ports": [ { "name": "veth200" }, { "name": "veth201" } ] },
          "openflow": { "bridges": { "mesh": { "flows": [ "priority=200,arp,actions=normal", "priority=100,tcp,in_port=veth200,tp_dst=9573,actions=output:veth201", "priority=100,tcp,in_port=veth201,tp_dst=80,actions=output:veth200", "priority=0,actions=drop" ] } } }
        }
        """;

    const string Serving = """
        ,"lxc": { "containers": [ { "id": "200", "veth": "veth200", "properties": { "ipv4_address": "10.1.0.200/24", "services": [ { "name": "mcp", "port": 9573 } ] } } ] } }
        """;

    const string Flow = "priority=150,udp,tp_dst=53,actions=output:veth201";

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_flow_is_added_seen_on_the_switch_and_taken_back()
    {
        await using var node = await PrivateNode.StartAsync("veth200", "veth201");
        await using var server = await ServerOf(node);
        var applied = await server.CallAsync("apply_state", ("node", "testnode"), ("state", State));
        Assert.StartsWith("changed: true.", applied.Said(), StringComparison.Ordinal);

        var added = await server.CallAsync("add_flow", ("node", "testnode"), ("flow", Flow), ("why", "names"));
        Assert.StartsWith("changed: true. 1 step planned, done and verified on testnode, generation 2.", added.Said(), StringComparison.Ordinal);
        Assert.Contains(await node.FlowsAsync(), f => f.Contains("priority=150,udp,tp_dst=53 actions=output:201"));
        Assert.Contains(Flow, (await server.CallAsync("list_flows", ("node", "testnode"), ("match", "udp"))).Said());

        var again = await server.CallAsync("add_flow", ("node", "testnode"), ("flow", Flow));
        Assert.StartsWith("changed: false.", again.Said(), StringComparison.Ordinal);

        var deleted = await server.CallAsync("delete_flow", ("node", "testnode"), ("flow", "udp,tp_dst=53"));
        Assert.True(deleted.StructuredContent!.Value.GetProperty("changed").GetBoolean());
        Assert.DoesNotContain(await node.FlowsAsync(), f => f.Contains("udp"));

        var changes = (await server.CallAsync("list_changes", ("node", "testnode"))).Said();
        Assert.StartsWith("3 changes of testnode, newest first", changes, StringComparison.Ordinal);
        Assert.Contains($"add flow {Flow} (why: names)", changes);
        Assert.Contains("by uid 0 (says: anonymous)", changes);
    }

    [Fact]
    public async Task A_host_bridge_that_hangs_is_told_before_a_model_gives_up_and_works_on_when_it_can()
    {
        await using var node = await PrivateNode.StartAsync("veth200", "veth201");
        await node.ApplyAsync(State);
        await using var server = await ServerOf(node);
        await node.SignalAgentAsync("STOP");

        var refused = (await server.CallAsync("add_flow", ("node", "testnode"), ("flow", Flow)).WaitAsync(TimeSpan.FromSeconds(30), Ct)).Refusal();

        Assert.StartsWith("Unavailable: Node testnode fell silent", refused, StringComparison.Ordinal);
        await node.SignalAgentAsync("CONT");
        await Eventually.True(async () => (await server.CallAsync("add_flow", ("node", "testnode"), ("flow", Flow))).IsError is not true, TimeSpan.FromSeconds(30), "it works again");
        Assert.Single(await node.FlowsAsync(), f => f.Contains("udp", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Wrong_flows_are_refused_so_that_a_model_can_mend_them_and_nothing_is_half_applied()
    {
        await using var node = await PrivateNode.StartAsync("veth200", "veth201");
        await node.ApplyAsync(State);
        await using var server = await ServerOf(node);

        var port = (await server.CallAsync("add_flow", ("node", "testnode"), ("flow", "priority=1,ip,actions=output:veht201"))).Refusal();
        var text = (await server.CallAsync("add_flow", ("node", "testnode"), ("flow", "priority=1,tcp,tp_dts=80,actions=drop"))).Refusal();
        var which = (await server.CallAsync("delete_flow", ("node", "testnode"), ("flow", "tcp"))).Refusal();
        var unknown = (await server.CallAsync("add_flow", ("node", "tesnode"), ("flow", Flow))).Refusal();
        var state = (await server.CallAsync("plan_state", ("node", "testnode"), ("state", """{"brige":{}}"""))).Refusal();

        Assert.Contains("did you mean veth201", port);
        Assert.Contains("at character 15", text);
        Assert.Contains("did you mean tp_dst", text);
        Assert.StartsWith("InvalidArgument: 2 flows fit tcp", which, StringComparison.Ordinal);
        Assert.Contains("priority=100,tcp,in_port=veth201,tp_dst=80,actions=output:veth200", which);
        Assert.Contains("did you mean testnode?", unknown);
        Assert.Contains("brige: Unknown field. There are: version, modes, bridge, ", state);
        Assert.Equal(4, (await node.FlowsAsync()).Count);
    }

    [Fact]
    public async Task A_change_on_the_way_to_the_server_waits_and_is_kept_or_undone()
    {
        await using var node = await PrivateNode.StartAsync("veth200", "veth201");
        await using var server = await ServerOf(node);
        await server.CallAsync("apply_state", ("node", "testnode"), ("state", State.TrimEnd().TrimEnd('}') + Serving));
        if (await PendingAsync(node) is { } first) (await server.CallAsync("confirm_change", ("node", "testnode"), ("generation", first))).Said();

        Assert.Contains("this would cut", (await server.CallAsync("add_flow", ("node", "testnode"), ("flow", "priority=300,in_port=veth200,actions=drop"))).Refusal());
        var waiting = await server.CallAsync("add_flow", ("node", "testnode"), ("flow", "priority=300,in_port=veth200,dl_src=02:00:00:00:00:05,actions=drop"));
        Assert.Contains("NOT KEPT YET", waiting.Said());
        var conflict = (await server.CallAsync("add_flow", ("node", "testnode"), ("flow", Flow))).Refusal();
        Assert.Contains("waits for confirmation", conflict);
        Assert.Contains("confirm_change", conflict);
        Assert.Contains("awaitingConfirmation", (await server.CallAsync("list_changes", ("node", "testnode"))).Said());
        var undone = await server.CallAsync("rollback_change", ("node", "testnode"));
        Assert.Equal("undone", undone.StructuredContent!.Value.GetProperty("outcome").GetString());
        Assert.DoesNotContain(await node.FlowsAsync(), f => f.Contains("priority=300"));

        await server.CallAsync("add_flow", ("node", "testnode"), ("flow", Flow), ("confirmWithin", 60));
        var kept = await server.CallAsync("confirm_change", ("node", "testnode"), ("generation", (await PendingAsync(node))!.Value));
        Assert.Contains("is kept (local: path not proven)", kept.Said());
        Assert.Contains(await node.FlowsAsync(), f => f.Contains("udp"));
    }

    [Fact]
    public async Task A_state_is_planned_applied_by_its_digest_read_back_and_a_packet_traced_through_it()
    {
        await using var node = await PrivateNode.StartAsync("veth200", "veth201");
        await using var server = await ServerOf(node);

        var plan = await server.CallAsync("plan_state", ("node", "testnode"), ("state", State));
        Assert.Contains(" steps on testnode, plan ", plan.Said());
        var digest = plan.StructuredContent!.Value.GetProperty("digest").GetString();
        var wrong = (await server.CallAsync("apply_state", ("node", "testnode"), ("state", State), ("expectedDigest", "00"))).Refusal();
        var applied = await server.CallAsync("apply_state", ("node", "testnode"), ("state", JsonSerializer.Deserialize<JsonElement>(State)), ("expectedDigest", digest));
        var observed = await server.CallAsync("get_state", ("node", "testnode"), ("view", "observed"), ("section", "bridge"));
        var trace = await server.CallAsync("trace_packet", ("node", "testnode"), ("packet", "in_port=veth200,tcp,tp_dst=9573"));

        Assert.Contains("plan 00", wrong);
        Assert.StartsWith("changed: true.", applied.Said(), StringComparison.Ordinal);
        Assert.Contains("\"address\":\"10.1.0.1/24\"", observed.Said());
        Assert.Contains("veth201", trace.Said());
        Assert.Matches("1 of 1 nodes answer\ntestnode: in sync", (await server.CallAsync("list_nodes")).Said());
        var topology = await server.Client.ReadResourceAsync("mesh://topology", cancellationToken: Ct);
        Assert.Contains("\"flows\":4", ((ModelContextProtocol.Protocol.TextResourceContents)topology.Contents[0]).Text);
    }

    [Fact]
    public async Task An_agent_killed_while_it_is_used_is_told_and_comes_back_without_a_restart_of_the_server()
    {
        await using var node = await PrivateNode.StartAsync("veth200", "veth201");
        await using var server = await ServerOf(node);
        await server.CallAsync("apply_state", ("node", "testnode"), ("state", State));

        await node.KillAgentAsync();
        Assert.StartsWith("Unavailable: ", (await server.CallAsync("add_flow", ("node", "testnode"), ("flow", Flow))).Refusal(), StringComparison.Ordinal);
        await node.StartAgentAsync();

        Assert.StartsWith("changed: true.", (await server.CallAsync("add_flow", ("node", "testnode"), ("flow", Flow))).Said(), StringComparison.Ordinal);
    }

    static Task<ToolServer> ServerOf(PrivateNode node) => ToolServer.StartAsync(("testnode", new NodeEndpoint.Local(node.Socket)));

    static async Task<int?> PendingAsync(PrivateNode node) => (await node.Client.StatusAsync(Ct)).Pending?.Number;
}
