using System.Text.Json;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.State;
using Xunit;

namespace MeshMcp.UnitTests.Engine;

public sealed class ApplyTests
{
    [Fact]
    public async Task An_applied_document_is_on_the_host_and_a_second_apply_changes_nothing()
    {
        using var node = new ModelNode();
        var first = await node.Apply(ModelNode.Declare("10 20"));
        Assert.Equal(GenerationStatus.Confirmed, first.Generation!.Status);
        Assert.Equal("10 20", node.Ports());

        var second = await node.Apply(ModelNode.Declare("10 20"));
        Assert.False(second.Changed);
        Assert.Null(second.Generation);
        Assert.Equal(1, node.Store.Generations.Newest!.Generation.Number);
    }

    [Fact]
    public async Task Edits_stay_on_top_of_a_new_declared_document()
    {
        using var node = new ModelNode();
        await node.Apply(ModelNode.Declare("10"));
        await node.Apply(ModelNode.Add("30"));
        await node.Apply(ModelNode.Declare("20"));
        Assert.Equal("20 30", node.Ports());
    }

    [Fact]
    public async Task An_edit_that_changes_nothing_makes_no_generation()
    {
        using var node = new ModelNode();
        await node.Apply(ModelNode.Add("10"));
        var again = await node.Apply(ModelNode.Add("10"));
        Assert.False(again.Changed);
        Assert.Single(node.Store.Generations.List(10));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task A_step_that_fails_brings_back_what_was_there_before(int failing)
    {
        using var node = new ModelNode();
        await node.Apply(ModelNode.Declare("10 20"));
        var steps = 0;
        node.System.BeforeStep = _ =>
        {
            if (++steps == failing) throw new MeshException(ErrorKind.CommandFailed, "the switch said no");
        };
        var end = await node.Apply(ModelNode.Declare("30 40"));
        Assert.Equal("10 20", node.Ports());
        Assert.Equal(GenerationStatus.RolledBack, end.Generation!.Status);
        Assert.Equal("the switch said no", end.Error!.Message);

        // What was undone is gone from the desired state too.
        node.System.BeforeStep = _ => { };
        Assert.Null(await node.Engine.HealAsync());
        Assert.Equal("10 20", node.Ports());
    }

    [Fact]
    public async Task What_somebody_undoes_while_it_is_applied_fails_the_verification_and_is_rolled_back()
    {
        using var node = new ModelNode();
        await node.Apply(ModelNode.Declare("10"));
        node.System.IsBlind = () => node.System.Host.RemoveWhere(f => f.Contains("tp_dst=30")) < 0;
        var end = await node.Apply(ModelNode.Declare("10 30 40"));
        Assert.Equal(ErrorKind.VerificationFailed, end.Error!.Kind);
        Assert.Equal("10", node.Ports());
    }

    [Fact]
    public async Task A_plan_that_changed_since_it_was_shown_is_refused()
    {
        using var node = new ModelNode();
        var plan = await node.Engine.PlanAsync(ModelNode.Declare("10 20"), ModelNode.Root, TestContext.Current.CancellationToken);
        await node.Apply(ModelNode.Declare("10"));
        var refusal = await Assert.ThrowsAsync<MeshException>(() => node.Apply(ModelNode.Declare("10 20", digest: plan.Digest)));
        Assert.Equal(ErrorKind.Conflict, refusal.Error.Kind);
        Assert.Equal("10", node.Ports());

        var fresh = await node.Engine.PlanAsync(ModelNode.Declare("10 20"), ModelNode.Root, TestContext.Current.CancellationToken);
        Assert.True((await node.Apply(ModelNode.Declare("10 20", digest: fresh.Digest))).Changed);
    }

    [Fact]
    public async Task A_state_with_a_fault_changes_nothing_and_every_fault_is_named()
    {
        using var node = new ModelNode();
        await node.Apply(ModelNode.Declare("10"));
        var refusal = await Assert.ThrowsAsync<MeshException>(() => node.Apply(ModelNode.Declare("bad1 bad2")));
        Assert.Equal(2, refusal.Error.Problems!.Count);
        Assert.Equal("10", node.Ports());
    }

    [Fact]
    public async Task Two_writers_at_once_lose_no_edit()
    {
        using var node = new ModelNode();
        async Task Write(int from)
        {
            for (var port = from; port < from + 200; port++) Assert.True((await node.Apply(ModelNode.Add(port.ToString()))).Changed);
        }

        await Task.WhenAll(Write(1000), Write(2000));
        Assert.Equal(400, node.Host.Count());
        Assert.Equal(400, node.Store.Generations.Newest!.Generation.Number);
        Assert.Equal(400, FlowTable.Of(node.Engine.Desired, "mesh").Count);
    }

    [Fact]
    public async Task Going_back_to_an_earlier_generation_is_a_change_of_its_own()
    {
        using var node = new ModelNode();
        await node.Apply(ModelNode.Declare("10"));
        await node.Apply(ModelNode.Add("20"));
        await node.Apply(ModelNode.Declare("30"));
        var back = await node.Rollback(2);
        Assert.Equal("10 20", node.Ports());
        Assert.Equal(4, back.Generation!.Number);

        await node.Apply(ModelNode.Add("40"));
        Assert.Equal("10 20 40", node.Ports());
    }

    [Fact]
    public async Task Healing_puts_back_what_is_missing_and_takes_away_what_is_too_much()
    {
        using var node = new ModelNode();
        await node.Apply(ModelNode.Declare("10 20"));
        node.System.Host.Clear();
        Assert.Null(await node.Engine.HealAsync());
        Assert.Equal("10 20", node.Ports());
    }

    [Fact]
    public async Task A_node_that_was_never_told_anything_is_left_alone()
    {
        using var node = new ModelNode();
        node.System.Host.Add("priority=1,tcp,tp_dst=99,actions=drop");
        Assert.Null(await node.Engine.HealAsync());
        Assert.Equal("99", node.Ports());
    }

    [Fact]
    public async Task What_answered_before_a_change_of_units_must_answer_after_it_and_undoing_gives_it_its_sight_back()
    {
        using var node = new ModelNode();
        var waking = new WakingSystem();
        node.Before = [waking, new SulkingSystem(() => waking.Awake)];
        node.Boot("first boot");
        await node.Apply(ModelNode.Declare("1"));

        var end = await node.Apply(new() { Edits = [new SetUnit("daemon.service", ActiveState: "active")] });

        Assert.Equal((GenerationStatus.RolledBack, "It is lame.", false), (end.Generation!.Status, end.Error!.Message, waking.Awake));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_comes_into_sight_with_a_change_is_confirmed_and_taken_back_with_it_while_it_can_be_seen(bool seen)
    {
        using var node = new ModelNode();
        var waking = new WakingSystem();
        node.System.IsBlind = () => !waking.Awake;
        node.Before = [waking];
        node.Boot("first boot");
        var document = ModelNode.Declare("9573", serves: true).Declared!.Value.Deserialize(MeshJson.Default.NodeState)! with { Systemd = new() { Units = new Dictionary<string, UnitState> { ["daemon.service"] = new() } } };

        var end = await node.Apply(new() { Declared = JsonSerializer.SerializeToElement(document, MeshJson.Default.NodeState) });

        Assert.Equal((GenerationStatus.AwaitingConfirmation, "9573"), (end.Generation!.Status, node.Ports()));
        if (seen)
        {
            Assert.Equal(GenerationStatus.RolledBack, (await node.Rollback()).Generation!.Status);
            Assert.Equal((false, ""), (waking.Awake, node.Ports()));
            return;
        }
        waking.Awake = false;
        var undone = (await node.Rollback()).Generation!;
        Assert.Equal(GenerationStatus.Applying, undone.Status);
        Assert.Contains("what the change made there may be left", undone.Error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_left_as_it_is_stays_so_when_it_can_be_asked_again()
    {
        using var node = new ModelNode();
        await node.Apply(ModelNode.Declare("1"));
        var waking = new WakingSystem();
        node.System.IsBlind = () => !waking.Awake;
        node.Before = [waking];
        node.Boot("first boot");
        node.System.Host.Clear();

        var end = await node.Apply(new() { Edits = [new SetUnit("daemon.service", ActiveState: "active")] });

        Assert.Equal((GenerationStatus.Confirmed, ""), (end.Generation!.Status, node.Ports()));
        await node.Engine.HealAsync();
        Assert.Equal("1", node.Ports());
    }

    [Fact]
    public async Task What_cannot_be_asked_holds_up_changes_about_it_and_no_others_documents_too()
    {
        using var node = new ModelNode();
        await node.Apply(ModelNode.Declare("1"));
        node.Before = [new LameSystem(plans: false)];
        node.Boot("first boot");

        var end = await node.Apply(ModelNode.Add("2"));

        Assert.Equal((GenerationStatus.Confirmed, "1 2"), (end.Generation!.Status, node.Ports()));
        Assert.Equal(GenerationStatus.Confirmed, (await node.Apply(ModelNode.Declare("1 2 3"))).Generation!.Status);
        Assert.Equal("1 2 3", node.Ports());
        node.System.IsBlind = () => true;
        Assert.Equal(ErrorKind.Unavailable, (await Assert.ThrowsAsync<MeshException>(() => node.Apply(ModelNode.Add("4")))).Error.Kind);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_system_that_cannot_do_its_part_does_not_keep_the_others_from_healing(bool plans)
    {
        using var node = new ModelNode();
        await node.Apply(ModelNode.Declare("1 2"));
        node.Before = [new LameSystem(plans)];
        node.Boot("first boot");
        node.System.Host.Clear();

        var error = await node.Engine.HealAsync();

        Assert.Equal("1 2", node.Ports());
        Assert.Equal((ErrorKind.Unavailable, "It is lame."), (error!.Kind, error.Message));
        Assert.Contains("put back", node.Engine.LastHealing, StringComparison.Ordinal);
        Assert.Contains("could not heal: It is lame.", node.Engine.LastHealing, StringComparison.Ordinal);
    }
}
