using MeshMcp.HostBridge.Engine;
using MeshMcp.TestKit;
using Xunit;

namespace MeshMcp.UnitTests.Engine;

public sealed class ContentionTests
{
    readonly HandClock _clock = new();
    readonly Contention _contention;

    public ContentionTests() => _contention = new(_clock);

    [Fact]
    public void The_pauses_grow_and_a_quiet_time_ends_them()
    {
        var step = Step("+ one");
        for (var i = 0; i < 5; i++) _contention.PutBack(step);
        Assert.True(_contention.Leaves(step));
        Pass(11);
        Assert.False(_contention.Leaves(step));
        _contention.PutBack(step);
        Pass(11);
        Assert.True(_contention.Leaves(step));
        Pass(10);
        Assert.False(_contention.Leaves(step));
        Assert.Empty(_contention.Findings);

        Pass(600);
        _contention.PutBack(step);
        Assert.False(_contention.Leaves(step));
    }

    [Fact]
    public void A_step_with_more_to_do_than_what_is_contested_runs()
    {
        for (var i = 0; i < 5; i++) _contention.PutBack(Step("+ one"));
        Assert.False(_contention.Leaves(Step("+ one", "+ two")));
        Assert.Contains("+ one: put back 5 times", Assert.Single(_contention.Findings).Message);
    }

    [Fact]
    public void It_is_told_once()
    {
        string[] told = [.. Enumerable.Range(0, 8).SelectMany(_ => _contention.PutBack(Step("+ one")))];
        Assert.Equal(["+ one"], told);
    }

    [Fact]
    public void What_was_lost_with_a_daemon_nobody_undid()
    {
        for (var i = 0; i < 8; i++) _contention.PutBack(Step("+ one"));
        _contention.Forget("bridge");
        Assert.True(_contention.Leaves(Step("+ one")));
        _contention.Forget("openflow");
        Assert.False(_contention.Leaves(Step("+ one")));
    }

    void Pass(double seconds) => _clock.Now += TimeSpan.FromSeconds(seconds);

    static Step Step(params string[] details) => new(new("openflow", "flows of mesh", "flows", Details: details), _ => Task.CompletedTask);
}
