using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Engine;
using MeshMcp.TestKit;
using Xunit;

namespace MeshMcp.UnitTests.Engine;

/// <summary>What hangs, fails or is blocked holds up what it is about and nothing else.</summary>
public sealed class WaitsForNobodyTests
{
    static readonly TimeSpan Undone = TimeSpan.FromSeconds(2);

    /// <summary>Hangs in two ways: one listens to being given up, the other is stuck in a call.</summary>
    sealed class HangingSystem(bool listens) : BlindableSystem
    {
        public override async Task<SystemPlan> PlanAsync(NodeState desired, CancellationToken ct)
        {
            if (listens) await Task.Delay(Timeout.Infinite, ct);
            await new TaskCompletionSource().Task;
            throw Lame;
        }
    }

    static async Task<ModelNode> BesideAsync(ISystem other)
    {
        var node = new ModelNode();
        await node.Apply(ModelNode.Declare("10"));
        node.Before = [other];
        node.Boot("first boot");
        return node;
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Beside_a_system_that_hangs_changes_are_applied_confirmed_undone_and_healed(bool listens)
    {
        using var node = await BesideAsync(new HangingSystem(listens));
        Assert.True((await node.Apply(ModelNode.Add("20"))).Changed);
        Assert.Equal(GenerationStatus.AwaitingConfirmation, (await node.Apply(ModelNode.Declare("30", confirmWithin: 5))).Generation!.Status);
        node.Engine.Confirm(3, new(), ModelNode.Root);
        await node.Apply(ModelNode.Declare("40", confirmWithin: 5));
        // Healing hangs on it meanwhile.
        var healing = node.Engine.HealAsync();
        node.Wind(6);
        await node.Engine.UndoOverdueAsync().WaitAsync(Undone, TestContext.Current.CancellationToken);
        Assert.Equal("20 30", node.Ports());
        await healing;

        node.System.Host.Clear();
        var left = await node.Engine.HealAsync();
        Assert.Equal("20 30", node.Ports());
        Assert.Equal(ErrorKind.Unavailable, left!.Kind);
        Assert.Contains("lame has not answered for", left.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_change_whose_caller_left_before_its_turn_is_not_begun()
    {
        using var node = await BesideAsync(new HangingSystem(listens: true));
        using var left = new CancellationTokenSource();
        var (before, busy) = (node.Store.Generations.Newest!.Generation.Number, new TaskCompletionSource<int>());
        var operation = node.Engine.OperateAsync(() => busy.Task);
        var waiting = node.Engine.Apply(ModelNode.Add("20"), ModelNode.Root, left.Token);
        var stays = node.Engine.Apply(ModelNode.Add("30"), ModelNode.Root, TestContext.Current.CancellationToken);

        await left.CancelAsync();
        busy.SetResult(1);
        await operation;

        Assert.Contains("left before it began", (await Assert.ThrowsAsync<MeshException>(async () => await waiting.Completion)).Error.Message, StringComparison.Ordinal);
        await foreach (var _ in stays.ReadAllAsync(TestContext.Current.CancellationToken))
        {
        }
        Assert.Equal(("10 30", before + 1), (node.Ports(), node.Store.Generations.Newest!.Generation.Number));
    }

    [Fact]
    public async Task A_step_of_healing_that_does_not_end_is_told_and_passed_by_a_change_about_something_else()
    {
        var stuck = new StuckSystem();
        using var node = await BesideAsync(stuck);
        var healing = node.Engine.HealAsync();
        await stuck.Stuck;

        Assert.True((await node.Apply(ModelNode.Add("20")).WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken)).Changed);
        Assert.Equal("10 20", node.Ports());
        await Eventually.True(() => node.Engine.Slow.Any(f => f is { Kind: "slow", Path: "lame" } && f.Message.Contains("walk", StringComparison.Ordinal)), TimeSpan.FromSeconds(5), "it is told", TestContext.Current.CancellationToken);

        stuck.Free();
        await healing.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        Assert.Empty(node.Engine.Slow);
    }

    [Fact]
    public async Task Long_work_of_one_system_waits_for_none_of_another_and_is_not_done_twice()
    {
        using var node = await BesideAsync(new HangingSystem(listens: true));
        var (begun, end) = (new TaskCompletionSource(), new TaskCompletionSource());
        var leaving = node.Engine.BesideAsync("netmaker", "leave", () =>
        {
            begun.SetResult();
            return end.Task;
        });
        await begun.Task;

        Assert.True((await node.Apply(ModelNode.Add("20"))).Changed);
        Assert.False(await node.Engine.BesideAsync("netmaker", "leave", () => Task.CompletedTask));
        Assert.True(await node.Engine.BesideAsync("packagekit", "install", () => Task.CompletedTask));
        end.SetResult();
        Assert.True(await leaving);
        Assert.True(await node.Engine.BesideAsync("netmaker", "leave", () => Task.CompletedTask));
    }

    [Fact]
    public async Task Healing_tells_the_trouble_of_what_others_stand_on()
    {
        using var node = await BesideAsync(new LameSystem(plans: false));
        node.System.Host.Clear();
        node.System.Fails = _ => true;

        Assert.Contains("It is lame.", (await node.Engine.HealAsync())!.Message, StringComparison.Ordinal);
        Assert.Contains("It is lame.", node.Engine.LastHealing, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_defect_of_one_system_is_its_own()
    {
        using var node = await BesideAsync(new DefectiveSystem());
        Assert.True((await node.Apply(ModelNode.Add("20"))).Changed);
        Assert.Equal(ErrorKind.Bug, (await node.Engine.HealAsync())!.Kind);
    }

    [Fact]
    public async Task A_blocked_item_holds_up_the_change_about_it_and_heals_nothing_else_away()
    {
        using var node = new ModelNode();
        await node.Apply(ModelNode.Declare("10 20"));
        node.System.IsBlocked = f => f.Contains("tp_dst=20", StringComparison.Ordinal);
        node.System.Host.Clear();

        Assert.Null(await node.Engine.HealAsync());
        Assert.Equal("10", node.Ports());
        Assert.True((await node.Apply(ModelNode.Add("30"))).Changed);
        Assert.Equal("10 30", node.Ports());

        node.System.IsBlocked = f => f.Contains("tp_dst=20", StringComparison.Ordinal) || f.Contains("tp_dst=40", StringComparison.Ordinal);
        var refusal = await Assert.ThrowsAsync<MeshException>(() => node.Apply(ModelNode.Add("40")));
        Assert.Contains("tp_dst=40", refusal.Message, StringComparison.Ordinal);
        Assert.Equal("10 30", node.Ports());
        Assert.Contains((await node.Engine.PlanAsync(ModelNode.Add("50"), ModelNode.Root, TestContext.Current.CancellationToken)).Findings, f => f.Kind == "blocked" && f.Path.Contains("tcp,tp_dst=20", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_the_change_is_not_about_and_cannot_be_done_anyhow_does_not_undo_it()
    {
        using var node = new ModelNode();
        await node.Apply(ModelNode.Declare("10 20"));
        node.System.Host.Clear();
        node.System.Fails = f => f.Contains("tp_dst=20", StringComparison.Ordinal);

        var end = await node.Apply(ModelNode.Add("30"));

        Assert.Equal((GenerationStatus.Confirmed, "10 30"), (end.Generation!.Status, node.Ports()));
    }

    /// <summary>Always has something to do, which does not end before it is freed.</summary>
    sealed class StuckSystem : BlindableSystem
    {
        readonly TaskCompletionSource _stuck = new(), _free = new();

        public Task Stuck => _stuck.Task;

        public void Free() => _free.TrySetResult();

        public override Task<SystemPlan> PlanAsync(NodeState desired, CancellationToken ct) => Task.FromResult(new SystemPlan(s => s, [new Step(new(Name, "itself", "walk"), async _ =>
        {
            _stuck.TrySetResult();
            await _free.Task;
        })], []));
    }

    sealed class DefectiveSystem : BlindableSystem
    {
        public override Task<SystemPlan> PlanAsync(NodeState desired, CancellationToken ct) => throw new InvalidOperationException("a defect");
    }
}
