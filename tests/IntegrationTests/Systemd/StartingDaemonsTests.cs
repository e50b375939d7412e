using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.Errors;
using MeshMcp.TestKit;
using Xunit;

namespace MeshMcp.IntegrationTests.Systemd;

/// <summary>What a change needs is brought by the same change: units first, then what stands on them.</summary>
public sealed class StartingDaemonsTests
{
    const string Document = """
        {
          "systemd": { "units": { "openvswitch.service": { "active_state": "active" } } },
          "bridge": { "address": "10.1.0.1/24", "datapath": "netdev" },
          "openflow": { "bridges": { "mesh": { "flows": [ "priority=200,arp,actions=normal", "priority=0,actions=drop" ] } } }
        }
        """;

    static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task One_document_starts_Open_vSwitch_and_makes_its_bridge_and_taking_it_back_leaves_neither()
    {
        await using var node = await BootedNode.StartAsync();
        var refused = await Assert.ThrowsAsync<MeshException>(() => node.ApplyAsync("""{ "bridge": { "datapath": "netdev" } }"""));
        Assert.Equal(ErrorKind.Unavailable, refused.Error.Kind);
        await node.Machine.AddOpenVSwitchAsync();

        var events = await node.ApplyAsync(Document, confirmWithin: 120);

        var plan = events.OfType<ApplyEvent.Planned>().Single().Plan;
        Assert.Equal("systemd", Assert.Single(plan.Steps).System);
        Assert.Equal(["bridge", "openflow"], plan.Findings.Where(f => f.Message.EndsWith("It is planned once packages and units are as wanted.", StringComparison.Ordinal)).Select(f => f.Path).Order());
        Assert.Equal(GenerationStatus.AwaitingConfirmation, ((ApplyEvent.Finished)events[^1]).Generation!.Status);
        Assert.Equal("mesh", (await node.Machine.ExecAsync("ovs-vsctl", "list-br")).Trim());
        Assert.Contains("arp actions=NORMAL", await FlowsAsync(node), StringComparison.Ordinal);

        Assert.Equal(GenerationStatus.RolledBack, ((ApplyEvent.Finished)(await node.RollbackAsync())[^1]).Generation!.Status);
        Assert.Equal("inactive", await node.Machine.ShowAsync("openvswitch-switch.service", "ActiveState"));
        await node.Machine.ExecAsync("systemctl", "start", "openvswitch-switch.service");
        Assert.Equal("", (await node.Machine.ExecAsync("ovs-vsctl", "list-br")).Trim());
        await node.Machine.ExecAsync("systemctl", "stop", "openvswitch-switch.service");

        await node.ApplyAsync(Document);
        await node.Machine.ExecAsync("systemctl", "stop", "openvswitch-switch.service");
        await Eventually.True(async () => await node.Machine.ShowAsync("openvswitch-switch.service", "ActiveState") == "active" && (await FlowsAsync(node)).Contains("arp", StringComparison.Ordinal), Soon, "healing starts it and the flows are back");
    }

    [Fact]
    public async Task What_cannot_be_asked_does_not_hold_up_a_change_that_is_not_about_it()
    {
        await using var node = await BootedNode.StartAsync();
        await node.Machine.AddOpenVSwitchAsync();
        await node.Machine.ExecAsync("systemctl", "start", "openvswitch-switch.service");
        await node.ApplyAsync("""{ "bridge": { "address": "10.1.0.1/24", "datapath": "netdev" } }""");
        await node.Machine.ExecAsync("systemctl", "stop", "openvswitch-switch.service");
        await Eventually.True(async () => (await node.Client.StatusAsync(default)).Systems.Any(s => s is { Name: "bridge", Available: false }), Soon, "the bridge's daemon is seen to be gone");

        var events = await node.EditAsync(new SetUnit("openvswitch.service", ActiveState: "active"));

        // It touches the way in, so it waits to be kept.
        Assert.Equal(GenerationStatus.AwaitingConfirmation, ((ApplyEvent.Finished)events[^1]).Generation!.Status);
        await Eventually.True(async () => (await node.Client.StatusAsync(default)).Systems.Any(s => s is { Name: "bridge", InSync: true }), Soon, "the bridge is back");
    }

    static Task<string> FlowsAsync(BootedNode node) => node.Machine.ExecAsync("ovs-ofctl", "-O", "OpenFlow14", "--no-stats", "dump-flows", "mesh");
}
