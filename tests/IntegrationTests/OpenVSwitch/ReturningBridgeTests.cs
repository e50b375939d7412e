using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Nodes;
using MeshMcp.TestKit;
using Xunit;

namespace MeshMcp.IntegrationTests.OpenVSwitch;

/// <summary>The node's bridge vanishes, with and without somebody else's beside it.</summary>
public sealed class ReturningBridgeTests
{
    const string State = """
        {
          "bridge": { "address": "10.1.0.1/24", "datapath": "netdev", "ports": [ { "name": "veth200" } ] },
          "openflow": { "bridges": { "mesh": { "flows": [ "priority=200,arp,actions=normal", "priority=100,ip,actions=output:veth200" ] } } }
        }
        """;

    static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Our_bridge_comes_back_with_address_ports_and_flows_also_beside_a_foreign_one_that_stays(bool restarted)
    {
        await using var node = await PrivateNode.StartAsync("veth200");
        Assert.Null((await node.ApplyAsync(State)).Error);
        if (restarted) await node.KillAgentAsync();
        await VsctlAsync(node, "add-br", "br0", "--", "set", "bridge", "br0", "datapath_type=netdev");
        await VsctlAsync(node, "del-br", "mesh");
        if (restarted) await node.StartAgentAsync();

        await Eventually.True(async () => (await node.FlowsAsync()).Count == 2, Soon, "our flows are back");
        Assert.Equal("br0\nmesh", (await VsctlAsync(node, "list-br")).Trim());
        Assert.Equal("veth200", (await VsctlAsync(node, "list-ports", "mesh")).Trim());
        Assert.Contains("inet 10.1.0.1/24", await node.Ovs.Namespace.ExecAsync("ip", "address", "show", "mesh"), StringComparison.Ordinal);
        await Eventually.True(async () => (await node.Client.StatusAsync(default)).Systems.All(s => s.InSync ?? !s.Section), Soon, "the node is at rest");
        // Changes go on, and the foreign bridge is nobody's business.
        Assert.True((await node.ApplyAsync(new ChangeRequest { Edits = [new AddFlow("priority=50,udp,actions=drop")] })).Changed);
        Assert.True((await node.ApplyAsync(State.Replace("10.1.0.1/24", "10.1.0.2/24", StringComparison.Ordinal))).Changed);
    }

    [Fact]
    public async Task Where_we_never_had_a_bridge_a_foreign_one_is_in_the_way_and_said_so()
    {
        await using var node = await PrivateNode.StartAsync();
        await VsctlAsync(node, "add-br", "br0", "--", "set", "bridge", "br0", "datapath_type=netdev");
        var refusal = (await Assert.ThrowsAsync<MeshException>(() => node.ApplyAsync(State))).Error;
        Assert.Equal(ErrorKind.Conflict, refusal.Kind);
        Assert.Contains("has the bridge br0 already", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("Call the bridge br0 in the state", refusal.Hint, StringComparison.Ordinal);
        Assert.Equal("br0", (await VsctlAsync(node, "list-br")).Trim());
    }

    [Fact]
    public async Task A_bridge_of_ours_that_is_no_longer_desired_gives_no_right_to_a_second_one()
    {
        await using var node = await PrivateNode.StartAsync();
        var without = (await node.ApplyAsync("""{ "modes": { "xray": "observe" } }""")).Generation!.Number;
        await node.ApplyAsync("""{ "bridge": { "datapath": "netdev" } }""");
        await foreach (var _ in node.Client.RollbackAsync(new() { To = without }, TestContext.Current.CancellationToken)) ;
        Assert.Equal("", (await VsctlAsync(node, "list-br")).Trim());
        await VsctlAsync(node, "add-br", "br0", "--", "set", "bridge", "br0", "datapath_type=netdev");
        Assert.Contains("br0", (await Assert.ThrowsAsync<MeshException>(() => node.ApplyAsync("""{ "bridge": { "datapath": "netdev" } }"""))).Message, StringComparison.Ordinal);
    }

    /// <summary>Somebody has our bridge's name: it cannot come back, and everything that stands on it has that as its cause.</summary>
    [Fact]
    public async Task A_foreign_bridge_of_our_bridges_name_is_the_cause_that_status_doctor_and_healing_tell()
    {
        await using var node = await PrivateNode.StartAsync("veth200");
        await node.ApplyAsync(State);
        await VsctlAsync(node, "--", "del-br", "mesh", "--", "add-br", "mesh", "--", "set", "bridge", "mesh", "datapath_type=netdev");

        await ToldAsync(node, "Bridge mesh was not made by MeshMcp", "ovs-vsctl set bridge mesh external_ids");
    }

    [Fact]
    public async Task Open_vSwitch_that_is_down_is_the_cause_that_status_doctor_and_healing_tell()
    {
        await using var node = await PrivateNode.StartAsync("veth200");
        await node.ApplyAsync(State);
        await node.Ovs.KillDatabaseAsync();
        await node.Ovs.KillVswitchdAsync();

        await ToldAsync(node, "no ovsdb-server at", null);
    }

    [Fact]
    public async Task A_bridge_that_is_gone_and_cannot_be_made_is_the_cause_that_status_and_doctor_tell()
    {
        await using var node = await PrivateNode.StartAsync("veth200");
        await node.ApplyAsync(State);
        // The database takes what it is asked for, and nobody carries it out.
        await node.Ovs.KillVswitchdAsync();
        await VsctlAsync(node, "--no-wait", "del-br", "mesh");

        await Eventually.True(async () =>
        {
            var status = await node.Client.StatusAsync(default);
            var told = $"{Of(status, "bridge").Problem} {string.Join(' ', status.Findings.Select(f => f.Message))}";
            return told.Contains("mesh", StringComparison.Ordinal) && told.Contains("is gone", StringComparison.Ordinal);
        }, Soon, "status says that the bridge is gone");
        await Eventually.True(async () => (await node.Client.StatusAsync(default)).LastHealing is { } healing && healing.Contains("ovs-vswitchd did not put the change into effect", StringComparison.Ordinal), Soon + Soon, "healing says why it cannot be made");
        await Assert.ThrowsAsync<MeshException>(() => node.Client.FlowsAsync(default));

        await node.Ovs.StartVswitchdAsync();
        await Eventually.True(async () => (await node.FlowsAsync()).Count == 2, Soon + Soon, "our flows are back");
    }

    static async Task ToldAsync(PrivateNode node, string cause, string? hint)
    {
        await Eventually.True(async () => Of(await node.Client.StatusAsync(default), "bridge").Problem?.Contains(cause, StringComparison.Ordinal) == true, Soon, "status names the cause");
        await Eventually.True(async () => (await node.Client.StatusAsync(default)).LastHealing?.Contains(cause, StringComparison.Ordinal) == true, Soon, "healing names the cause");
        var check = (await node.Client.CheckupAsync(default)).Checks.First(c => c.What == "bridge" && c.Health == Health.Broken);
        Assert.Contains(cause, check.Says, StringComparison.Ordinal);
        if (hint is not null) Assert.Contains(hint, $"{check.Says} {check.Next}", StringComparison.Ordinal);
    }

    static SystemStatus Of(NodeStatus status, string system) => status.Systems.Single(s => s.Name == system);

    static Task<string> VsctlAsync(PrivateNode node, params IReadOnlyList<string> words) => node.Ovs.RunAsync("ovs-vsctl", [$"--db=unix:{node.Ovs.DbSocket}", .. words]);
}
