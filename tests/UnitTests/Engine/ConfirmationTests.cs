using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Trust;
using MeshMcp.HostBridge.Access;
using Xunit;

namespace MeshMcp.UnitTests.Engine;

public sealed class ConfirmationTests
{
    static Caller OverRelay(double connectionAge) => new("server/vps", Scope.Operate, false, null, TimeSpan.FromSeconds(connectionAge)) { Says = "operator" };

    [Fact]
    public async Task A_change_that_nobody_confirms_is_undone_and_stays_undone()
    {
        using var node = new ModelNode();
        await node.Apply(ModelNode.Declare("10"));
        var pending = await node.Apply(ModelNode.Declare("10 20", confirmWithin: 30));
        Assert.Equal(GenerationStatus.AwaitingConfirmation, pending.Generation!.Status);

        node.Wind(29);
        await node.Engine.UndoOverdueAsync();
        Assert.Equal("10 20", node.Ports());

        node.Wind(2);
        await node.Engine.UndoOverdueAsync();
        Assert.Equal("10", node.Ports());
        Assert.Equal(GenerationStatus.RolledBack, node.Engine.Read(2).Status);

        Assert.Null(await node.Engine.HealAsync());
        Assert.Equal("10", node.Ports());
    }

    [Fact]
    public async Task Healing_aims_at_the_change_that_waits()
    {
        using var node = new ModelNode();
        await node.Apply(ModelNode.Declare("10"));
        await node.Apply(ModelNode.Declare("20", confirmWithin: 30));
        node.System.Host.Clear();
        await node.Engine.HealAsync();
        Assert.Equal("20", node.Ports());
    }

    [Fact]
    public async Task A_confirmed_change_stays()
    {
        using var node = new ModelNode();
        await node.Apply(ModelNode.Declare("10", confirmWithin: 30));
        var confirmed = node.Engine.Confirm(1, new(), ModelNode.Root);
        Assert.Equal("local: path not proven", confirmed.Confirmation!.ConfirmedBy);
        node.Wind(1000);
        await node.Engine.UndoOverdueAsync();
        Assert.Equal("10", node.Ports());
    }

    [Fact]
    public async Task A_confirmation_over_a_connection_older_than_the_change_does_not_count()
    {
        using var node = new ModelNode();
        await node.Apply(ModelNode.Declare("10", confirmWithin: 30), OverRelay(0));
        node.Wind(5);
        var refusal = Assert.Throws<MeshException>(() => node.Engine.Confirm(1, new(), OverRelay(6)));
        Assert.Equal(ErrorKind.ConfirmationRequired, refusal.Error.Kind);
        Assert.Equal(GenerationStatus.Confirmed, node.Engine.Confirm(1, new(), OverRelay(2)).Status);
    }

    [Fact]
    public async Task A_change_on_the_callers_own_way_in_waits_for_him_to_come_back()
    {
        using var node = new ModelNode();
        await node.Apply(ModelNode.Declare("10", serves: true));
        var pending = await node.Apply(ModelNode.Declare("10 9573", serves: true), OverRelay(0));
        Assert.Equivalent(new { CallerMustReconnect = true, ByCaller = true, Within = 180 }, pending.Generation!.Confirmation);
        node.Wind(3);
        Assert.Throws<MeshException>(() => node.Engine.Confirm(2, new() { CallerReconnected = false }, OverRelay(1)));
        var confirmed = node.Engine.Confirm(2, new() { CallerReconnected = true }, OverRelay(1));
        Assert.Equal("caller reconnected", confirmed.Confirmation!.ConfirmedBy);
    }

    [Fact]
    public async Task A_confirmation_that_comes_after_the_deadline_does_not_count_although_nothing_was_undone_yet()
    {
        using var node = new ModelNode();
        await node.Apply(ModelNode.Declare("10"));
        await node.Apply(ModelNode.Declare("20", confirmWithin: 30));
        node.Wind(31);

        Assert.Equal(ErrorKind.Conflict, Assert.Throws<MeshException>(() => node.Engine.Confirm(2, new(), ModelNode.Root)).Error.Kind);
        Assert.Equal(ErrorKind.Conflict, Assert.Throws<MeshException>(() => node.Engine.Confirm(2, new() { Extend = 60 }, ModelNode.Root)).Error.Kind);
        Assert.Equal(GenerationStatus.AwaitingConfirmation, node.Engine.Read(2).Status);
        Assert.Contains("is being undone", (await Assert.ThrowsAsync<MeshException>(() => node.Apply(ModelNode.Add("40")))).Message);
        await node.Engine.UndoOverdueAsync();
        Assert.Equal("10", node.Ports());
    }

    [Fact]
    public async Task At_its_very_deadline_a_change_is_undone()
    {
        using var node = new ModelNode();
        await node.Apply(ModelNode.Declare("10", confirmWithin: 30));
        node.Wind(30);
        await node.Engine.UndoOverdueAsync();
        Assert.Equal("", node.Ports());
    }

    [Theory]
    [InlineData(Scope.Read)]
    [InlineData(Scope.Operate)]
    public async Task On_the_node_itself_only_an_admin_may_confirm_since_that_proves_no_path(Scope scope)
    {
        using var node = new ModelNode();
        await node.Apply(ModelNode.Declare("10", confirmWithin: 30));
        node.Wind(1);

        var refusal = Assert.Throws<MeshException>(() => node.Engine.Confirm(1, new() { CallerReconnected = true }, ModelNode.Root with { Scope = scope }));

        Assert.Equal(ErrorKind.PermissionDenied, refusal.Error.Kind);
        Assert.Equal(GenerationStatus.AwaitingConfirmation, node.Engine.Read(1).Status);
    }

    [Fact]
    public async Task A_connection_that_is_as_old_as_the_change_does_not_count()
    {
        using var node = new ModelNode();
        await node.Apply(ModelNode.Declare("10", confirmWithin: 30));
        node.Wind(5);
        var since = node.Engine.Read(1).Confirmation!.SecondsSince!.Value;
        Assert.Throws<MeshException>(() => node.Engine.Confirm(1, new(), OverRelay(since)));
        Assert.Equal(GenerationStatus.AwaitingConfirmation, node.Engine.Read(1).Status);
    }

    [Theory]
    [InlineData(4, false)]
    [InlineData(5, true)]
    [InlineData(3590, true)]
    [InlineData(3591, false)]
    [InlineData(3601, false)]
    [InlineData(-1, false)]
    public async Task A_change_waits_five_seconds_to_an_hour_in_all(int more, bool may)
    {
        using var node = new ModelNode();
        await node.Apply(ModelNode.Declare("10", confirmWithin: 30));
        node.Wind(9.5);

        var refusal = Record.Exception(() => node.Engine.Confirm(1, new() { Extend = more }, ModelNode.Root));

        if (!may) Assert.Equal(ErrorKind.InvalidArgument, Assert.IsType<MeshException>(refusal).Error.Kind);
        Assert.Equal(may ? more + 0.5 : 20.5, node.Engine.Read(1).Confirmation!.SecondsLeft!.Value, 0.01);
    }

    [Fact]
    public async Task Only_the_change_that_is_named_is_undone_and_only_while_it_waits()
    {
        using var node = new ModelNode();
        await node.Apply(ModelNode.Declare("10"));
        await node.Apply(ModelNode.Declare("20", confirmWithin: 30));

        await Assert.ThrowsAsync<MeshException>(() => Undo(node, 1));
        Assert.Equal("20", node.Ports());
        Assert.Equal(GenerationStatus.RolledBack, (await Undo(node, 2)).Generation!.Status);
        Assert.Equal("10", node.Ports());
        await Assert.ThrowsAsync<MeshException>(() => Undo(node, 2));
    }

    [Fact]
    public async Task Taking_a_change_back_says_that_it_began_and_how_it_ended()
    {
        using var node = new ModelNode();
        await node.Apply(ModelNode.Declare("10"));
        await node.Apply(ModelNode.Declare("20", confirmWithin: 30));
        var told = new List<ApplyEvent>();
        await foreach (var what in node.Engine.Rollback(new(), ModelNode.Root).ReadAllAsync(TestContext.Current.CancellationToken)) told.Add(what);

        Assert.Contains("Undone by uid 0", Assert.IsType<ApplyEvent.RollingBack>(told[0]).Cause.Message);
        var end = Assert.IsType<ApplyEvent.Finished>(told[^1]);
        Assert.True(end.Changed);
        Assert.Null(end.Error);
    }

    [Fact]
    public async Task Taking_a_change_back_that_cannot_be_undone_now_says_why()
    {
        using var node = new ModelNode();
        await node.Apply(ModelNode.Declare("10"));
        await node.Apply(ModelNode.Declare("20", confirmWithin: 30));
        node.System.BeforeStep = _ => throw new MeshException(ErrorKind.Unavailable, "ovs-vswitchd is down");

        var end = await node.Rollback();

        Assert.False(end.Changed);
        Assert.Contains("ovs-vswitchd is down", end.Error!.Message);
    }

    [Fact]
    public async Task What_was_asked_for_by_the_caller_is_confirmed_as_the_callers()
    {
        using var node = new ModelNode();
        await node.Apply(ModelNode.Declare("10", confirmWithin: 30), OverRelay(0));
        node.Wind(5);
        Assert.Equal("caller", node.Engine.Confirm(1, new(), OverRelay(1)).Confirmation!.ConfirmedBy);
    }

    [Fact]
    public async Task A_change_on_a_way_in_that_is_not_the_callers_is_confirmed_by_the_server()
    {
        using var node = new ModelNode { Before = [new TouchingSystem()] };
        node.Boot("first boot");
        var pending = await node.Apply(ModelNode.Declare("10"), OverRelay(0));
        Assert.Equivalent(new { CallerMustReconnect = false, ByCaller = false, Within = 60 }, pending.Generation!.Confirmation);
        node.Wind(5);
        Assert.Equal("server over a new relay connection", node.Engine.Confirm(1, new(), OverRelay(1)).Confirmation!.ConfirmedBy);
    }

    [Fact]
    public async Task A_change_whose_touch_on_a_way_in_had_to_wait_for_another_step_is_confirmed_too()
    {
        using var node = new ModelNode { Before = [new WaitingSystem()] };
        node.Boot("first boot");

        var pending = await node.Apply(ModelNode.Declare("10"), OverRelay(0));

        Assert.Equal(GenerationStatus.AwaitingConfirmation, pending.Generation!.Status);
    }

    static async Task<ApplyEvent.Finished> Undo(ModelNode node, int only)
    {
        ApplyEvent? last = null;
        await foreach (var what in node.Engine.Rollback(new() { Only = only }, ModelNode.Root).ReadAllAsync()) last = what;
        return Assert.IsType<ApplyEvent.Finished>(last);
    }

    [Fact]
    public async Task What_was_undone_or_never_made_cannot_be_confirmed()
    {
        using var node = new ModelNode();
        await node.Apply(ModelNode.Declare("10"));
        await node.Apply(ModelNode.Declare("20", confirmWithin: 30));
        await node.Rollback();

        Assert.Equal(ErrorKind.Conflict, Assert.Throws<MeshException>(() => node.Engine.Confirm(2, new(), ModelNode.Root)).Error.Kind);
        Assert.Equal(ErrorKind.NotFound, Assert.Throws<MeshException>(() => node.Engine.Confirm(3, new(), ModelNode.Root)).Error.Kind);
        Assert.Equal(GenerationStatus.Confirmed, node.Engine.Confirm(1, new(), ModelNode.Root).Status);
    }

    [Fact]
    public async Task A_change_that_no_ones_way_crosses_needs_no_confirmation()
    {
        using var node = new ModelNode();
        Assert.Equal(GenerationStatus.Confirmed, (await node.Apply(ModelNode.Declare("53", serves: true))).Generation!.Status);
    }

    [Fact]
    public async Task While_a_change_waits_another_is_refused_with_the_seconds_left()
    {
        using var node = new ModelNode();
        await node.Apply(ModelNode.Declare("10", confirmWithin: 30));
        node.Wind(10);
        var refusal = await Assert.ThrowsAsync<MeshException>(() => node.Apply(ModelNode.Add("20")));
        Assert.Equal(ErrorKind.Conflict, refusal.Error.Kind);
        Assert.Contains("20 s left", refusal.Error.Message);
        Assert.Equal("10", node.Ports());
    }

    [Fact]
    public async Task A_waiting_change_can_be_undone_at_once()
    {
        using var node = new ModelNode();
        await node.Apply(ModelNode.Declare("10"));
        await node.Apply(ModelNode.Declare("20", confirmWithin: 30));
        Assert.Equal(GenerationStatus.RolledBack, (await node.Rollback()).Generation!.Status);
        Assert.Equal("10", node.Ports());
        Assert.True((await node.Apply(ModelNode.Add("30"))).Changed);
        await Assert.ThrowsAsync<MeshException>(() => node.Rollback());
    }

    [Fact]
    public async Task A_waiting_change_can_be_given_more_time_but_not_more_than_an_hour()
    {
        using var node = new ModelNode();
        await node.Apply(ModelNode.Declare("10"));
        await node.Apply(ModelNode.Declare("20", confirmWithin: 30), OverRelay(0));
        node.Wind(20);

        var longer = node.Engine.Confirm(2, new() { Extend = 100 }, OverRelay(9999));
        Assert.Equal(GenerationStatus.AwaitingConfirmation, longer.Status);
        Assert.Equal(100, longer.Confirmation!.SecondsLeft!.Value, 1.0);
        node.Wind(90);
        await node.Engine.UndoOverdueAsync();
        Assert.Equal("20", node.Ports());
        Assert.Throws<MeshException>(() => node.Engine.Confirm(2, new() { Extend = 3600 }, OverRelay(1)));

        node.Wind(15);
        await node.Engine.UndoOverdueAsync();
        Assert.Equal("10", node.Ports());
        Assert.Throws<MeshException>(() => node.Engine.Confirm(2, new() { Extend = 60 }, OverRelay(1)));
    }

    [Fact]
    public async Task The_deadline_outlives_the_agent_but_not_a_reboot()
    {
        using var node = new ModelNode();
        await node.Apply(ModelNode.Declare("10"));
        await node.Apply(ModelNode.Declare("20", confirmWithin: 30));
        node.Boot("first boot");
        node.Wind(10);
        await node.Engine.UndoOverdueAsync();
        Assert.Equal("20", node.Ports());
        Assert.Equal(20, node.Engine.Read(2).Confirmation!.SecondsLeft!.Value, 0.01);

        node.Boot("second boot");
        await node.Engine.UndoOverdueAsync();
        Assert.Equal("10", node.Ports());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task An_agent_killed_in_the_middle_of_an_apply_undoes_it_when_it_is_back(int step)
    {
        using var node = new ModelNode();
        await node.Apply(ModelNode.Declare("10"));
        var steps = 0;
        using var reached = new SemaphoreSlim(0);
        node.System.BeforeStep = _ =>
        {
            if (++steps != step) return;
            reached.Release();
            new ManualResetEventSlim().Wait(TestContext.Current.CancellationToken);
        };
        _ = node.Engine.Apply(ModelNode.Declare("20 30"), ModelNode.Root);
        await reached.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);

        node.System.BeforeStep = _ => { };
        node.Boot("first boot");
        await node.Engine.UndoOverdueAsync();
        Assert.Equal("10", node.Ports());
        Assert.Equal(GenerationStatus.RolledBack, node.Engine.Read(2).Status);
    }

    [Fact]
    public async Task A_change_that_is_being_made_can_be_stopped_between_its_steps_and_is_undone()
    {
        using var node = new ModelNode();
        await node.Apply(ModelNode.Declare("10"));
        using var reached = new SemaphoreSlim(0);
        using var go = new SemaphoreSlim(0);
        var steps = 0;
        node.System.BeforeStep = _ =>
        {
            if (++steps != 1) return;
            reached.Release();
            go.Wait(TestContext.Current.CancellationToken);
        };
        var making = node.Apply(ModelNode.Declare("20 30"));
        await reached.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);

        var stopping = node.Rollback();
        go.Release();

        var stopped = await making;
        Assert.Equal(GenerationStatus.RolledBack, stopped.Generation!.Status);
        Assert.Equal("Stopped by uid 0 before it was complete.", stopped.Error!.Message);
        Assert.Equal(2, (await stopping).Generation!.Number);
        Assert.Equal("10", node.Ports());
    }

    [Fact]
    public async Task Undoing_that_fails_goes_on_until_it_is_done()
    {
        using var node = new ModelNode();
        await node.Apply(ModelNode.Declare("10"));
        await node.Apply(ModelNode.Declare("20", confirmWithin: 5));
        node.Wind(6);
        node.System.BeforeStep = _ => throw new MeshException(ErrorKind.Unavailable, "ovs-vswitchd is down");
        await node.Engine.UndoOverdueAsync();
        var refusal = await Assert.ThrowsAsync<MeshException>(() => node.Apply(ModelNode.Add("40")));
        Assert.Contains("is being undone", refusal.Error.Message);

        node.System.BeforeStep = _ => { };
        await node.Engine.UndoOverdueAsync();
        Assert.Equal("10", node.Ports());
        Assert.Contains("Nobody confirmed", node.Engine.Read(2).Error!.Message);
    }
}
