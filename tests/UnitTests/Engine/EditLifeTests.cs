using System.Text.Json;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.Nodes;
using MeshMcp.HostBridge.Engine;
using MeshMcp.HostBridge.Store;
using Xunit;

namespace MeshMcp.UnitTests.Engine;

/// <summary>Edits over the life of a node, by the whole engine on a model of a host.</summary>
public sealed class EditLifeTests
{
    [Fact]
    public async Task Applying_the_fold_changes_nothing_absorbs_all_edits_and_later_documents_decide()
    {
        using var node = new ModelNode();
        await node.Apply(ModelNode.Declare("10"));
        await node.Apply(ModelNode.Add("20"));
        await node.Apply(ModelNode.Add("30"));

        var end = await node.Apply(new ChangeRequest { Declared = JsonSerializer.SerializeToElement(node.Engine.Desired, MeshJson.Default.NodeState) });
        Assert.Empty(end.Generation!.Steps);
        Assert.All(Views(node).List(10).Edits, e => Assert.Equal(EditStatus.Absorbed, e.Status));
        Assert.All(Views(node).Origins(), o => Assert.Null(o.Edit));

        await node.Apply(ModelNode.Declare("10"));
        Assert.Equal("10", node.Ports());

        await node.Rollback(3);
        Assert.Equal("10 20 30", node.Ports());
        Assert.All(Views(node).List(10).Edits, e => Assert.Equal(EditStatus.InEffect, e.Status));
    }

    [Fact]
    public async Task Each_edit_says_what_became_of_it()
    {
        using var node = new ModelNode();
        await node.Apply(ModelNode.Declare("10"));
        await node.Apply(ModelNode.Add("20"));
        node.System.BeforeStep = _ => throw new MeshException(ErrorKind.CommandFailed, "the switch said no");
        await node.Apply(ModelNode.Add("30"));
        node.System.BeforeStep = _ => { };
        await node.Apply(ModelNode.Add("40"));
        await node.Rollback(2);

        var listed = Views(node).List(10);
        Assert.Equal([EditStatus.Reverted, EditStatus.Reverted, EditStatus.InEffect], listed.Edits.Select(e => e.Status));
        Assert.Equal("generation 4 was rolled back", listed.Edits[0].Reason);
        Assert.Contains("the switch said no", listed.Edits[1].Reason);
        Assert.Equal(2, listed.Edits[2].Generation);
        var origin = Assert.Single(Views(node).Origins(), o => o.Edit is not null);
        Assert.Equal(("openflow.bridges.mesh.flows[table=0,priority=1,tcp,tp_dst=20]", 1, "uid 0"), (origin.Path, origin.Edit, origin.By));
    }

    [Fact]
    public async Task Any_two_generations_can_be_compared_and_an_old_one_brought_back()
    {
        using var node = new ModelNode();
        await node.Apply(ModelNode.Declare("10"));
        for (var port = 20; port < 40; port++) await node.Apply(ModelNode.Add($"{port}"));
        Assert.Equal(20, Views(node).Diff(1, null).Items.Count);
        Assert.Equal(5, Views(node).Diff(4, 9).Items.Count);
        ApplyEvent.Planned? planned = null;
        await foreach (var what in node.Engine.Rollback(new() { To = 3 }, ModelNode.Root).ReadAllAsync(TestContext.Current.CancellationToken)) planned = what as ApplyEvent.Planned ?? planned;
        Assert.Equal("10 20 21", node.Ports());
        Assert.Contains(planned!.Plan.Findings, f => f.Kind == "reverted" && f.Message.StartsWith("18 edits", StringComparison.Ordinal));
        Assert.Throws<MeshException>(() => Views(node).Diff(1, 99));
    }

    [Fact]
    public async Task An_observed_section_is_left_alone_until_it_is_changed_itself()
    {
        using var node = new ModelNode();
        var observing = JsonSerializer.SerializeToNode(ModelNode.Declare("10 20").Declared)!;
        observing["modes"] = new System.Text.Json.Nodes.JsonObject { ["openflow"] = "observe" };
        await node.Apply(new ChangeRequest { Declared = JsonSerializer.SerializeToElement(observing) });
        node.System.Host.Remove(node.Host.First());
        Assert.Null(await node.Engine.HealAsync());
        Assert.Equal("20", node.Ports());

        observing["bridge"] = JsonSerializer.SerializeToNode(new { address = "10.1.0.1/24" });
        var request = new ChangeRequest { Declared = JsonSerializer.SerializeToElement(observing) };
        var plan = await node.Engine.PlanAsync(request, ModelNode.Root, default);
        Assert.Empty(plan.Steps);
        Assert.Contains(plan.Findings, f => f is { Kind: "drift", Path: "openflow" });
        await node.Apply(request);
        Assert.Equal("20", node.Ports());

        await node.Apply(ModelNode.Add("30"));
        Assert.Equal("10 20 30", node.Ports());
    }

    [Fact]
    public async Task A_mode_of_no_section_is_a_fault()
    {
        using var node = new ModelNode();
        var end = await Assert.ThrowsAsync<MeshException>(() => node.Apply(new ChangeRequest { Declared = JsonDocument.Parse("""{ "modes": { "openflw": "observe" } }""").RootElement }));
        Assert.Equal(["openflow"], Assert.Single(end.Error.Problems!).Nearest);
    }

    [Fact]
    public async Task What_somebody_keeps_undoing_is_left_alone_for_a_while_and_reported()
    {
        using var node = new ModelNode();
        await node.Apply(ModelNode.Declare("10 20"));
        for (var i = 0; i < 10; i++)
        {
            node.System.Host.Remove(node.Host.First());
            await node.Engine.HealAsync();
        }
        Assert.Equal("20", node.Ports());
        Assert.Contains(node.Engine.Contested, f => f is { Kind: "contested", Path: "openflow" } && f.Message.Contains("put back 5 times"));

        node.System.Host.Clear();
        await node.Engine.HealAsync();
        Assert.Equal("20", node.Ports());
    }

    static EditViews Views(ModelNode node) => new(node.Engine, node.Store);
}
