using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.Errors;
using MeshMcp.TestKit;
using Xunit;

namespace MeshMcp.IntegrationTests.HostBridge;

public sealed class ApplyTests
{
    public const string State = """
        {
          "bridge": { "address": "10.1.0.1/24", "datapath": "netdev", "ports": [ { "name": "veth200" }, { "name": "veth201" }, { "name": "int7", "type": "internal", "mac": "02:00:00:00:00:07" } ] },
          "openflow": { "bridges": { "mesh": { "flows": [
            "priority=200,arp,actions=normal",
            "priority=100,tcp,in_port=veth200,tp_dst=9573,actions=output:veth201",
            "priority=90,ip,in_port=int7,actions=mod_dl_dst:02:00:00:00:00:01,output:veth200",
            "priority=0,actions=drop" ] } } }
        }
        """;

    static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task A_state_becomes_bridge_address_ports_and_flows_and_a_second_apply_has_nothing_to_do()
    {
        await using var node = await PrivateNode.StartAsync("veth200", "veth201");
        var end = await node.ApplyAsync(State);
        Assert.Null(end.Error);
        Assert.Equal(GenerationStatus.Confirmed, end.Generation!.Status);

        Assert.Contains("inet 10.1.0.1/24", await node.Ovs.Namespace.ExecAsync("ip", "address", "show", "mesh"));
        Assert.Equal("200", (await node.Ovs.RunAsync("ovs-vsctl", $"--db=unix:{node.Ovs.DbSocket}", "get", "Interface", "veth200", "ofport")).Trim());
        Assert.Contains("secure", await node.Ovs.RunAsync("ovs-vsctl", $"--db=unix:{node.Ovs.DbSocket}", "get-fail-mode", "mesh"));
        var flows = await node.FlowsAsync();
        Assert.Equal(4, flows.Count);
        Assert.Contains(flows, f => f.Contains("priority=100,tcp,in_port=200,tp_dst=9573 actions=output:201"));

        var again = await node.ApplyAsync(State);
        Assert.False(again.Changed);
        Assert.All((await node.Client.StatusAsync(default)).Systems, s => Assert.True(s.InSync ?? !s.Section));
    }

    [Fact]
    public async Task A_flow_is_added_shown_with_names_and_deleted()
    {
        await using var node = await PrivateNode.StartAsync("veth200", "veth201");
        await node.ApplyAsync(State);
        var added = await node.ApplyAsync(new ChangeRequest { Edits = [new AddFlow("priority=150,udp,tp_dst=53,actions=output:veth201")] });
        Assert.True(added.Changed);
        var listed = await node.Client.FlowsAsync(default);
        Assert.Contains(listed.Flows, f => f is { Ours: true, Flow: "priority=150,udp,tp_dst=53,actions=output:veth201" });

        Assert.False((await node.ApplyAsync(new ChangeRequest { Edits = [new AddFlow("priority=150,udp,tp_dst=53,actions=output:veth201")] })).Changed);
        Assert.True((await node.ApplyAsync(new ChangeRequest { Edits = [new DeleteFlow("udp,tp_dst=53")] })).Changed);
        Assert.DoesNotContain(await node.FlowsAsync(), f => f.Contains("udp"));
    }

    [Theory]
    [InlineData("priority=1,in_port=veth20,actions=drop", "veth200")]
    [InlineData("priority=1,ip,actions=output:veht201", "veth201")]
    public async Task An_unknown_port_is_refused_with_the_nearest_names(string flow, string nearest)
    {
        await using var node = await PrivateNode.StartAsync("veth200", "veth201");
        await node.ApplyAsync(State);
        var refusal = await Assert.ThrowsAsync<MeshException>(() => node.ApplyAsync(new ChangeRequest { Edits = [new AddFlow(flow)] }));
        Assert.Equal(ErrorKind.InvalidArgument, refusal.Error.Kind);
        Assert.Contains(nearest, refusal.Error.Problems![0].Nearest!);
        Assert.Equal(4, (await node.FlowsAsync()).Count);
        Assert.Equal(1, (await node.Client.StatusAsync(default)).Generation!.Number);
    }

    [Fact]
    public async Task Flows_of_others_are_shown_and_never_touched_and_an_equal_one_is_a_conflict()
    {
        await using var node = await PrivateNode.StartAsync("veth200", "veth201");
        await node.ApplyAsync(State);
        await node.Ovs.RunAsync("ovs-ofctl", "-O", "OpenFlow14", "add-flow", "mesh", "cookie=0x5,priority=77,icmp,actions=drop");
        var refusal = await Assert.ThrowsAsync<MeshException>(() => node.ApplyAsync(new ChangeRequest { Edits = [new AddFlow("priority=77,icmp,actions=normal")] }));
        Assert.Equal(ErrorKind.Conflict, refusal.Error.Kind);
        await node.ApplyAsync(State.Replace("priority=90", "priority=91"));
        Assert.Contains(await node.FlowsAsync(), f => f.Contains("cookie=0x5, priority=77,icmp actions=drop"));
        Assert.Contains((await node.Client.FlowsAsync(default)).Flows, f => f is { Ours: false, Priority: 77 });
    }

    [Fact]
    public async Task Flows_are_back_after_ovs_vswitchd_was_killed_and_returned()
    {
        await using var node = await PrivateNode.StartAsync("veth200", "veth201");
        await node.ApplyAsync(State);
        await node.Ovs.KillVswitchdAsync();
        await node.Ovs.StartVswitchdAsync();
        await Eventually.True(async () => (await node.FlowsAsync()).Count == 4, TimeSpan.FromSeconds(3), "our flows are back");
    }

    [Fact]
    public async Task A_port_that_somebody_removes_comes_back()
    {
        await using var node = await PrivateNode.StartAsync("veth200", "veth201");
        await node.ApplyAsync(State);
        await node.Ovs.RunAsync("ovs-vsctl", $"--db=unix:{node.Ovs.DbSocket}", "del-port", "veth200");
        await Eventually.True(async () => (await node.Ovs.RunAsync("ovs-vsctl", $"--db=unix:{node.Ovs.DbSocket}", "list-ports", "mesh")).Contains("veth200"), Soon, "the port is back");
    }

    [Fact]
    public async Task A_device_that_is_not_there_yet_waits_and_becomes_a_port_when_it_appears()
    {
        await using var node = await PrivateNode.StartAsync("veth200");
        var end = await node.ApplyAsync(State);
        Assert.Null(end.Error);
        Assert.Contains((await node.Client.StatusAsync(default)).Findings, f => f is { Kind: "waiting", Path: "bridge.ports.veth201" });
        await node.Ovs.Namespace.AddVethAsync("veth201", "far201");
        await Eventually.True(async () => (await node.Ovs.RunAsync("ovs-vsctl", $"--db=unix:{node.Ovs.DbSocket}", "list-ports", "mesh")).Contains("veth201"), Soon, "it is a port");
    }

    [Fact]
    public async Task A_second_bridge_is_refused()
    {
        await using var node = await PrivateNode.StartAsync();
        await node.Ovs.RunAsync("ovs-vsctl", $"--db=unix:{node.Ovs.DbSocket}", "add-br", "br0", "--", "set", "bridge", "br0", "datapath_type=netdev");
        var refusal = await Assert.ThrowsAsync<MeshException>(() => node.ApplyAsync("""{ "bridge": { "address": "10.1.0.1/24", "datapath": "netdev" } }"""));
        Assert.Equal(ErrorKind.Conflict, refusal.Error.Kind);
        Assert.Contains("br0", refusal.Error.Message);
    }

    [Fact]
    public async Task A_stopped_switch_is_Unavailable_and_nothing_is_remembered_of_the_change()
    {
        await using var node = await PrivateNode.StartAsync("veth200", "veth201");
        await node.ApplyAsync(State);
        await node.Ovs.KillVswitchdAsync();
        var refusal = await Assert.ThrowsAsync<MeshException>(() => node.ApplyAsync(new ChangeRequest { Edits = [new AddFlow("priority=1,udp,actions=drop")] }));
        Assert.Equal(ErrorKind.Unavailable, refusal.Error.Kind);
        await node.Ovs.StartVswitchdAsync();
        await Eventually.True(async () => (await node.FlowsAsync()).Count == 4, Soon, "the old flows, and only they, are back");
    }

    [Fact]
    public async Task Ten_thousand_flows_in_one_apply_succeed_and_can_be_taken_back()
    {
        await using var node = await PrivateNode.StartAsync("veth200", "veth201");
        await node.ApplyAsync(State);
        var many = string.Join(",\n", Enumerable.Range(0, 10_000).Select(i => $"\"priority=50,ip,nw_dst=10.{i / 2500}.{i / 50 % 50}.{i % 50},actions=output:veth200\""));
        var end = await node.ApplyAsync(State.Replace("\"priority=0,actions=drop\"", many));
        Assert.Null(end.Error);
        Assert.Equal(10_003, (await node.FlowsAsync()).Count);
        Assert.True((await node.ApplyAsync(State)).Changed);
        Assert.Equal(4, (await node.FlowsAsync()).Count);
    }
}
