using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.Nodes;
using MeshMcp.TestKit;
using Xunit;

namespace MeshMcp.IntegrationTests.OpenVSwitch;

/// <summary>Somebody changes settings of our bridge.</summary>
public sealed class ForeignSettingsTests
{
    const string State = """
        {
          "bridge": { "address": "10.1.0.1/24", "datapath": "netdev" },
          "openflow": { "bridges": { "mesh": { "flows": [ "priority=200,arp,actions=normal" ] } } }
        }
        """;

    static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("protocols=OpenFlow13")]
    [InlineData("protocols=OpenFlow10")]
    [InlineData("fail_mode=standalone")]
    [InlineData("protocols=OpenFlow11", "fail_mode=standalone")]
    public async Task What_our_flow_tools_need_is_put_back_by_itself(params string[] settings)
    {
        await using var node = await PrivateNode.StartAsync();
        Assert.Null((await node.ApplyAsync(State)).Error);

        await VsctlAsync(node, ["set", "bridge", "mesh", .. settings]);

        await Eventually.True(async () => (await VsctlAsync(node, "get", "bridge", "mesh", "protocols", "fail_mode")) is var now && now.Contains("OpenFlow14", StringComparison.Ordinal) && now.Contains("secure", StringComparison.Ordinal), Soon, "the settings are back", Ct);
        await Eventually.True(async () => (await node.Client.StatusAsync(Ct)).Systems.All(s => s.InSync ?? !s.Section), Soon, "the node is at rest", Ct);
        Assert.True((await node.ApplyAsync(new ChangeRequest { Edits = [new AddFlow("priority=50,udp,actions=drop")] })).Changed);
        Assert.Equal(2, (await node.FlowsAsync()).Count);
    }

    [Fact]
    public async Task A_foreign_controller_is_told_and_left_alone()
    {
        await using var node = await PrivateNode.StartAsync();
        Assert.Null((await node.ApplyAsync(State)).Error);

        await VsctlAsync(node, "set-controller", "mesh", "unix:/nobody/listens/here");

        await Eventually.True(async () => (await node.Client.StateAsync("observed", Ct)).Findings!.Any(f => f.Path == "bridge" && f.Message.Contains("ovs-vsctl del-controller mesh", StringComparison.Ordinal)), Soon, "it is told", Ct);
        Assert.Contains("unix:/nobody/listens/here", await VsctlAsync(node, "get-controller", "mesh"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_foreign_flow_that_decides_before_ours_is_told_and_left_alone_and_one_below_or_beside_ours_is_not()
    {
        await using var node = await PrivateNode.StartAsync();
        Assert.Null((await node.ApplyAsync(State)).Error);
        foreach (var flow in (string[])["priority=100,arp,actions=drop", "priority=300,ip,actions=drop", "table=3,priority=300,actions=drop"]) await FlowAsync(node, flow);
        Assert.DoesNotContain((await node.Client.StateAsync("observed", Ct)).Findings!, f => f.Path.StartsWith("openflow", StringComparison.Ordinal));

        await FlowAsync(node, "priority=300,arp,arp_tpa=10.1.0.1,actions=drop");

        var told = (await node.Client.StateAsync("observed", Ct)).Findings!.Single(f => f.Path == "openflow.bridges.mesh.flows");
        Assert.StartsWith("A flow that somebody else put on mesh decides before ours: priority=300,arp,arp_tpa=10.1.0.1,actions=drop (before priority=200,arp,actions=NORMAL)", told.Message, StringComparison.Ordinal);
        Assert.EndsWith("on the node, as root: ovs-ofctl -O OpenFlow14 --strict del-flows mesh table=0,priority=300,arp,arp_tpa=10.1.0.1", told.Message, StringComparison.Ordinal);
        await Eventually.True(async () => (await node.Client.StatusAsync(Ct)).Findings.Any(f => f.Path == told.Path), Soon, "the status tells it", Ct);
        Assert.Equal(5, (await node.FlowsAsync()).Count);
    }

    [Fact]
    public async Task A_foreign_bridges_flow_is_not_ours_whatever_its_cookie_says()
    {
        await using var node = await PrivateNode.StartAsync();
        await VsctlAsync(node, "add-br", "theirs", "--", "set", "bridge", "theirs", "datapath_type=netdev", "protocols=[]");
        await node.Ovs.RunAsync("ovs-ofctl", "-O", "OpenFlow14", "add-flow", "theirs", "cookie=0x4d4d000000000001,priority=77,ip,actions=drop");
        await VsctlAsync(node, "add-br", "mesh", "--", "set", "bridge", "mesh", "datapath_type=netdev", "external_ids:meshmcp=ours");

        Assert.Null((await node.ApplyAsync(State)).Error);
        Assert.Null((await node.ApplyAsync(State.Replace("priority=200", "priority=201", StringComparison.Ordinal))).Error);

        Assert.Contains("priority=77", await node.Ovs.RunAsync("ovs-ofctl", "-O", "OpenFlow14", "dump-flows", "theirs"), StringComparison.Ordinal);
        await node.KillAgentAsync();
        await ReleaseAsync(node);
        Assert.Contains("priority=77", await node.Ovs.RunAsync("ovs-ofctl", "-O", "OpenFlow14", "dump-flows", "theirs"), StringComparison.Ordinal);
        Assert.Equal("theirs", (await VsctlAsync(node, "list-br")).Trim());
    }

    [Fact]
    public async Task A_foreign_port_stays_where_it_is_when_ours_go_and_everything_of_ours_comes_back()
    {
        await using var node = await PrivateNode.StartAsync("veth200");
        var state = State.Replace("\"datapath\"", "\"ports\": [ { \"name\": \"veth200\" } ], \"datapath\"", StringComparison.Ordinal);
        Assert.Null((await node.ApplyAsync(state)).Error);
        await VsctlAsync(node, "add-port", "mesh", "theirs0", "--", "set", "interface", "theirs0", "type=internal");

        await node.KillAgentAsync();
        var said = await ReleaseAsync(node);

        Assert.Contains("remove port veth200 (bridge mesh stays: theirs0 of somebody else is on it)", said, StringComparison.Ordinal);
        Assert.Equal("theirs0", (await VsctlAsync(node, "list-ports", "mesh")).Trim());
        Assert.DoesNotContain(await node.FlowsAsync(), f => f.Contains("0x4d4d", StringComparison.Ordinal));

        await node.StartAgentAsync();
        await Eventually.True(async () => (await VsctlAsync(node, "list-ports", "mesh")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Order().SequenceEqual(["theirs0", "veth200"]), Soon, "ours is back", Ct);
        await Eventually.True(async () => (await node.FlowsAsync()).Count == 1, Soon, "its flow is back", Ct);
    }

    static Task<string> FlowAsync(PrivateNode node, string flow) => node.Ovs.RunAsync("ovs-ofctl", "-O", "OpenFlow14", "add-flow", "mesh", flow);

    static Task<string> ReleaseAsync(PrivateNode node) => node.Ovs.Namespace.ExecAsync("env", $"OVS_RUNDIR={node.Ovs.Folder}", $"DBUS_SYSTEM_BUS_ADDRESS=unix:path={node.Ovs.Folder}/no-bus", node.Agent, "--config", node.Configuration, "--release");

    static Task<string> VsctlAsync(PrivateNode node, params IReadOnlyList<string> words) => node.Ovs.RunAsync("ovs-vsctl", [$"--db=unix:{node.Ovs.DbSocket}", .. words]);
}
