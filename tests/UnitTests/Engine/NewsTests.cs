using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Nodes;
using MeshMcp.HostBridge.Engine;
using Xunit;

namespace MeshMcp.UnitTests.Engine;

/// <summary>A change tells what of it waits, and what is new; what stood before is the status's.</summary>
public sealed class NewsTests
{
    [Theory]
    [InlineData("an edit"), InlineData("the same edit again"), InlineData("a document"), InlineData("the same document again"), InlineData("a rollback to it")]
    public async Task What_of_a_change_cannot_be_done_yet_is_told_at_its_end(string way)
    {
        using var node = new ModelNode();
        node.System.Waits = f => f.Contains("tp_dst=80", StringComparison.Ordinal);
        Task<ApplyEvent.Finished> Ask() => node.Apply(way.Contains("edit", StringComparison.Ordinal) ? ModelNode.Add("80") : ModelNode.Declare("80"));

        var end = await Ask();
        if (way.Contains("again", StringComparison.Ordinal)) end = await Ask();
        if (way == "a rollback to it")
        {
            await node.Apply(ModelNode.Declare("90"));
            end = await node.Rollback(1);
        }

        Assert.Null(end.Error);
        Assert.Contains(end.News!, f => f is { Waits: true } && f.Path.Contains("tp_dst=80", StringComparison.Ordinal));
        Assert.DoesNotContain("80", node.Ports(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_stood_before_is_told_no_more_and_what_a_change_brings_elsewhere_is_told_once()
    {
        using var node = new ModelNode();
        node.System.Waits = f => f.Contains("tp_dst=80", StringComparison.Ordinal);
        node.System.Warns = f => f.Contains("tp_dst=80", StringComparison.Ordinal) && node.System.Host.Any(h => h.Contains("tp_dst=83", StringComparison.Ordinal)) ? "83 takes its packets." : null;

        await node.Apply(ModelNode.Add("80"));
        Assert.Empty((await node.Apply(ModelNode.Add("82"))).News!);
        Assert.Equal("83 takes its packets.", Assert.Single((await node.Apply(ModelNode.Add("83"))).News!).Message);
        Assert.Empty((await node.Apply(ModelNode.Add("84"))).News!);
    }

    [Fact]
    public async Task A_system_whose_wanted_items_wait_is_not_in_sync_and_says_what_for()
    {
        using var node = new ModelNode();
        await node.Apply(ModelNode.Declare("80 81"));
        Assert.Equal(SystemState.InSync, (await StatusAsync(node)).State);

        node.System.Waits = f => f.Contains("tp_dst=80", StringComparison.Ordinal);
        var waits = await StatusAsync(node);
        Assert.Equal((SystemState.Waits, false), (waits.State, waits.InSync));
        Assert.EndsWith("It lacks a port.", Assert.Single(waits.Waits!), StringComparison.Ordinal);

        node.System.Host.Clear();
        Assert.Equal(SystemState.Differs, (await StatusAsync(node)).State);
    }

    [Theory]
    [InlineData(true, true, true, null, false, SystemState.InSync)]
    [InlineData(true, true, false, null, true, SystemState.Waits)]
    [InlineData(true, true, false, "add a flow", false, SystemState.Differs)]
    [InlineData(true, true, false, "add a flow", true, SystemState.Differs)]
    [InlineData(true, true, null, "a fault", false, SystemState.Faulty)]
    [InlineData(true, false, null, "it is down", false, SystemState.Silent)]
    [InlineData(false, true, null, null, false, SystemState.Unmanaged)]
    public void Each_status_is_one_state(bool section, bool available, bool? inSync, string? problem, bool waits, SystemState expected) =>
        Assert.Equal(expected, new SystemStatus("bridge", section, available, inSync, problem) { Waits = waits ? ["bridge: a port"] : null }.State);

    static async Task<SystemStatus> StatusAsync(ModelNode node) =>
        Assert.Single((await new NodeViews(node.Engine, node.Store, new(), new(node.Engine, node.Store), []).StatusAsync(TestContext.Current.CancellationToken)).Systems);
}
