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

    static Task<string> VsctlAsync(PrivateNode node, params IReadOnlyList<string> words) => node.Ovs.RunAsync("ovs-vsctl", [$"--db=unix:{node.Ovs.DbSocket}", .. words]);
}
