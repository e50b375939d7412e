using System.Text.Json;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.Errors;
using MeshMcp.TestKit;
using Xunit;

namespace MeshMcp.IntegrationTests.HostBridge;

/// <summary>The real agent is killed, and comes back.</summary>
public sealed class CrashTests
{
    const string Old = """
        {
          "bridge": { "address": "10.1.0.1/24", "datapath": "netdev", "ports": [ { "name": "veth200" }, { "name": "veth201" } ] },
          "openflow": { "bridges": { "mesh": { "flows": [ "priority=200,arp,actions=normal", "priority=0,actions=drop" ] } } }
        }
        """;

    /// <summary>Seven steps: the address, four ports made, one removed, the flows.</summary>
    const string New = """
        {
          "bridge": { "address": "10.1.0.2/24", "datapath": "netdev", "ports": [ { "name": "veth201" }, { "name": "in1", "type": "internal" }, { "name": "in2", "type": "internal" }, { "name": "in3", "type": "internal" }, { "name": "in4", "type": "internal" } ] },
          "openflow": { "bridges": { "mesh": { "flows": [ "priority=200,arp,actions=normal", "priority=100,ip,actions=output:in1", "priority=0,actions=drop" ] } } }
        }
        """;

    static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task An_agent_killed_after_any_event_of_an_apply_leaves_the_old_or_the_new_state_never_a_mixture()
    {
        await using var node = await PrivateNode.StartAsync("veth200", "veth201");
        await node.ApplyAsync(Old);
        var old = await ViewAsync(node);
        await node.ApplyAsync(New);
        var @new = await ViewAsync(node);
        Assert.NotEqual(old, @new);

        for (var index = 0; ; index++)
        {
            await node.ApplyAsync(Old);
            Assert.Equal(old, await ViewAsync(node));
            if (!await KillAfterAsync(node, index))
            {
                Assert.True(index > 14, $"only {index} events");
                return;
            }
            await node.StartAgentAsync();
            await SettledAsync(node);
            Assert.Contains(await ViewAsync(node), new[] { old, @new });
        }
    }

    [Fact]
    public async Task A_change_that_nobody_confirms_is_undone_at_its_deadline_even_if_the_agent_was_killed_meanwhile()
    {
        await using var node = await PrivateNode.StartAsync("veth200", "veth201");
        await node.ApplyAsync(Old);
        var old = await ViewAsync(node);
        var pending = await node.ApplyAsync(New, confirmWithin: 5);
        Assert.Equal(GenerationStatus.AwaitingConfirmation, pending.Generation!.Status);
        await node.KillAgentAsync();
        await node.StartAgentAsync();
        await Eventually.True(async () => (await node.Client.StatusAsync(default)).Pending is null, TimeSpan.FromSeconds(7), "it is undone within 2 s of the deadline");
        Assert.Equal(old, await ViewAsync(node));

        await node.KillAgentAsync();
        await node.StartAgentAsync();
        await SettledAsync(node);
        Assert.Equal(old, await ViewAsync(node));
        Assert.Equal(GenerationStatus.RolledBack, (await node.Client.GenerationAsync(pending.Generation.Number, default)).Status);
    }

    [Fact]
    public async Task A_flow_for_a_while_says_what_is_left_and_is_taken_back_though_the_agent_was_killed_meanwhile()
    {
        await using var node = await PrivateNode.StartAsync("veth200", "veth201");
        await node.ApplyAsync(Old);
        var old = await node.FlowsAsync();
        // In other words than the switch's.
        await node.ApplyAsync(new ChangeRequest { Edits = [new AddFlow("priority=300,ip,nw_dst=10.1.0.77/24,actions=drop")], For = "8s", Why = "quiet" });
        var listed = (await node.Client.FlowsAsync(default)).Flows;
        Assert.InRange(Assert.Single(listed, f => f.SecondsLeft is not null).SecondsLeft!.Value, 0, 8);
        Assert.Contains("nw_dst=10.1.0.0/24", listed.Single(f => f.SecondsLeft is not null).Flow);

        await node.KillAgentAsync();
        await node.StartAgentAsync();
        await node.ApplyAsync(new ChangeRequest { Edits = [new AddFlow("priority=301,arp,actions=normal")] });
        await Eventually.True(async () => !(await node.FlowsAsync()).Any(f => f.Contains("priority=300")), Soon, "it is taken back");
        var end = Assert.Single(await node.Client.GenerationsAsync(10, default), g => g.By == "meshmcp-hostbridge");
        await Eventually.True(async () => (await node.Client.GenerationAsync(end.Number, default)).Status == GenerationStatus.Confirmed, Soon, "its end stands");
        Assert.Contains("uid 0", end.Why);
        Assert.Equal(old.Count + 1, (await node.FlowsAsync()).Count);
        await Eventually.True(async () => (await node.Client.AuditAsync(new() { Action = "expire" }, default)) is [{ Caller: "meshmcp-hostbridge", Outcome: "Confirmed" }], Soon, "it is in the audit");
    }

    [Fact]
    public async Task A_confirmed_change_outlives_the_agent()
    {
        await using var node = await PrivateNode.StartAsync("veth200", "veth201");
        await node.ApplyAsync(Old);
        var pending = await node.ApplyAsync(New, confirmWithin: 30);
        var changed = await ViewAsync(node);
        await node.Client.ConfirmAsync(pending.Generation!.Number, new(), default);
        await node.KillAgentAsync();
        await node.StartAgentAsync();
        await SettledAsync(node);
        Assert.Equal(changed, await ViewAsync(node));
    }

    /// <summary>False when the stream ended before that event.</summary>
    static async Task<bool> KillAfterAsync(PrivateNode node, int index)
    {
        var seen = 0;
        try
        {
            await foreach (var _ in node.Client.ApplyAsync(new ChangeRequest { Declared = JsonDocument.Parse(New).RootElement }, default))
            {
                if (seen++ != index) continue;
                await node.KillAgentAsync();
                return true;
            }
        }
        catch (MeshException e) when (e.Error.Kind == ErrorKind.Unavailable)
        {
            return true;
        }
        return false;
    }

    static Task SettledAsync(PrivateNode node) => Eventually.True(async () =>
    {
        var status = await node.Client.StatusAsync(default);
        return status.Pending is null && status.Systems.All(s => s.InSync ?? !s.Section);
    }, Soon, "the node is at rest");

    /// <summary>Address, ports and flows, by the tools of Open vSwitch and the kernel, not by our own word.</summary>
    static async Task<string> ViewAsync(PrivateNode node)
    {
        var address = await node.Ovs.Namespace.ExecAsync("ip", "-o", "-4", "address", "show", "dev", "mesh");
        var ports = await node.Ovs.RunAsync("ovs-vsctl", $"--db=unix:{node.Ovs.DbSocket}", "--columns=name,ofport,type", "--format=csv", "list", "Interface");
        return string.Join('\n', [string.Join(' ', address.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..4]), .. ports.Split('\n').Order(), .. (await node.FlowsAsync()).Order()]);
    }
}
