using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Engine;
using Xunit;

namespace MeshMcp.UnitTests.Engine;

/// <summary>One change taken back, later ones left; and what going back would do, told before it is done.</summary>
public sealed class UndoneChangeTests
{
    [Fact]
    public async Task One_change_is_taken_back_and_later_ones_stay()
    {
        using var node = new ModelNode();
        await node.Apply(ModelNode.Declare("10"));
        await node.Apply(ModelNode.Add("20"));
        await node.Apply(ModelNode.Add("30"));

        var end = await Undo(node, 2);
        Assert.Equal("10 30", node.Ports());
        Assert.Equal(GenerationStatus.Confirmed, end.Generation!.Status);
        Assert.StartsWith("undo of generation 2: add flow", Assert.Single(end.Generation.Edits), StringComparison.Ordinal);
        Assert.Equal([EditStatus.InEffect, EditStatus.Reverted], Views(node).List(2).Edits.Select(e => e.Status));

        // Undoing is a change like any other, and gone back from.
        await node.Rollback(3);
        Assert.Equal("10 20 30", node.Ports());
    }

    [Fact]
    public async Task What_it_had_replaced_is_there_again()
    {
        using var node = new ModelNode();
        await node.Apply(ModelNode.Add("20"));
        await node.Apply(new ChangeRequest { Edits = [new AddFlow("priority=1,tcp,tp_dst=20,actions=normal", "mesh")] });
        await Undo(node, 2);
        Assert.Equal(["priority=1,tcp,tp_dst=20,actions=drop"], node.Host);
        await Undo(node, 1);
        Assert.Empty(node.Host);
    }

    [Fact]
    public async Task Where_a_later_change_is_about_the_same_that_is_refused_and_says_which()
    {
        using var node = new ModelNode();
        await node.Apply(ModelNode.Add("20"));
        await node.Apply(ModelNode.Add("30"));
        await node.Apply(new ChangeRequest { Edits = [new AddFlow("priority=1,tcp,tp_dst=20,actions=normal", "mesh")] });
        var refused = await Assert.ThrowsAsync<MeshException>(() => Undo(node, 1));
        Assert.Equal(ErrorKind.Conflict, refused.Error.Kind);
        Assert.Contains("generation 3", refused.Error.Message);
        Assert.DoesNotContain("generation 2", refused.Error.Message);
        Assert.NotEmpty(node.Host);
    }

    [Fact]
    public async Task Where_later_changes_stand_on_what_it_made_that_is_refused_and_says_which()
    {
        using var node = await SectionNode.StartAsync();
        await node.ApplyAsync(new CreateContainer(new() { Id = "300", Veth = "veth300" }));
        await node.ApplyAsync(new AddFlow("priority=7,arp,actions=normal", "mesh"));
        await node.ApplyAsync(new SetContainerRunning("300", false));
        var refused = await Assert.ThrowsAsync<MeshException>(() => ModelNode.End(node.Engine.Rollback(new() { Undo = 2 }, ModelNode.Root)));
        Assert.Contains("generation 4", refused.Error.Message);
        Assert.DoesNotContain("generation 3", refused.Error.Message);

        await ModelNode.End(node.Engine.Rollback(new() { Undo = 4 }, ModelNode.Root));
        await ModelNode.End(node.Engine.Rollback(new() { Undo = 2 }, ModelNode.Root));
        Assert.DoesNotContain(node.Host, h => h.Contains("300]", StringComparison.Ordinal) && h.StartsWith("lxc", StringComparison.Ordinal));
        Assert.Contains(node.Host, h => h.Contains("priority=7,arp", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_document_a_way_back_and_what_is_undone_or_settled_already_are_refused_with_the_way()
    {
        using var node = new ModelNode();
        await node.Apply(ModelNode.Declare("10"));
        await node.Apply(ModelNode.Add("20"));
        await node.Rollback(1);
        await node.Apply(ModelNode.Add("30"));
        await Undo(node, 4);
        await node.Apply(ModelNode.Add("40"));
        await node.Apply(ModelNode.Declare("10 40"));
        foreach (var generation in new[] { 1, 2, 3, 4, 5, 6, 7 })
        {
            var refused = await Assert.ThrowsAsync<MeshException>(() => Undo(node, generation));
            Assert.Equal(ErrorKind.Conflict, refused.Error.Kind);
            Assert.Contains("rollback_change", refused.Error.Hint);
        }
        Assert.Equal(ErrorKind.NotFound, (await Assert.ThrowsAsync<MeshException>(() => Undo(node, 99))).Error.Kind);
        Assert.Equal("10 40", node.Ports());
    }

    [Fact]
    public async Task What_going_back_would_do_is_told_field_by_field_and_not_done()
    {
        using var node = new ModelNode();
        await node.Apply(ModelNode.Declare("10"));
        await node.Apply(ModelNode.Add("20"));
        await node.Apply(ModelNode.Add("30"));
        var back = await node.Engine.PlanRollbackAsync(new() { To = 1 }, ModelNode.Root, CancellationToken.None);
        Assert.Equal(["remove priority=1,tcp,tp_dst=20,actions=drop", "remove priority=1,tcp,tp_dst=30,actions=drop"], back.Steps.Select(s => s.Summary));
        Assert.Equal(2, back.Differences!.Count);
        Assert.All(back.Differences, d => Assert.StartsWith("- openflow.bridges.mesh.flows[", d.ToString(), StringComparison.Ordinal));

        var undone = await node.Engine.PlanRollbackAsync(new() { Undo = 2 }, ModelNode.Root, CancellationToken.None);
        Assert.Contains("tp_dst=20", Assert.Single(undone.Steps).Summary);

        await node.Apply(ModelNode.Add("40") with { ConfirmWithin = 30 });
        var waiting = await node.Engine.PlanRollbackAsync(new(), ModelNode.Root, CancellationToken.None);
        Assert.Contains("tp_dst=40", Assert.Single(waiting.Steps).Summary);
        Assert.StartsWith("- ", Assert.Single(waiting.Differences!).ToString(), StringComparison.Ordinal);
        Assert.Equal("10 20 30 40", node.Ports());
        Assert.Equal(4, node.Store.Generations.Newest!.Generation.Number);
    }

    [Fact]
    public async Task A_plan_says_which_fields_of_an_item_would_be_otherwise()
    {
        using var node = await SectionNode.StartAsync();
        Container web = new() { Id = "300", Veth = "veth300", Properties = new() { Name = "web", Dns = ["1.1.1.1"] } };
        await node.ApplyAsync(new CreateContainer(web));
        var plan = await node.Engine.PlanAsync(new() { Edits = [new UpdateContainer("300", new() { Dns = ["9.9.9.9"] }, web with { Properties = web.Properties with { Dns = ["9.9.9.9"] } })] }, ModelNode.Root, CancellationToken.None);
        Assert.Contains("~ lxc.containers[300].properties.dns: [\"1.1.1.1\"] -> [\"9.9.9.9\"]", plan.Differences!.Select(d => d.ToString()));
        Assert.DoesNotContain(plan.Differences!, d => d.Path.EndsWith(".name", StringComparison.Ordinal));
    }

    static Task<ApplyEvent.Finished> Undo(ModelNode node, int generation) => ModelNode.End(node.Engine.Rollback(new() { Undo = generation }, ModelNode.Root));

    static EditViews Views(ModelNode node) => new(node.Engine, node.Store);
}
