using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.State;
using MeshMcp.TestKit;
using Xunit;

namespace MeshMcp.IntegrationTests.Systemd;

/// <summary>Units of a machine that a real systemd booted, through the whole agent.</summary>
public sealed class SystemdTests(SystemdTests.Node shared) : IClassFixture<SystemdTests.Node>, IAsyncLifetime
{
    const string Empty = """{ "systemd": { "units": {} } }""";
    static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);

    BootedNode node = null!;

    public sealed class Node : IAsyncDisposable
    {
        BootedNode? _node;

        public async Task<BootedNode> GetAsync() => _node ??= await BootedNode.StartAsync();

        public ValueTask DisposeAsync() => _node?.DisposeAsync() ?? ValueTask.CompletedTask;
    }

    public async ValueTask InitializeAsync()
    {
        node = await shared.GetAsync();
        foreach (var name in new[] { "one", "two" })
            await node.Machine.AddUnitAsync($"{name}.service", "[Service]\nExecStart=/bin/sleep infinity\n[Install]\nWantedBy=basic.target\n");
    }

    public async ValueTask DisposeAsync()
    {
        await node.ApplyAsync(Empty);
        await node.Machine.ExecAsync("systemctl", "stop", "one.service", "two.service");
    }

    [Fact]
    public async Task A_unit_is_enabled_and_started_verified_and_becomes_what_it_was_when_it_is_named_no_longer()
    {
        var done = await node.ApplyAsync("""{ "systemd": { "units": { "one.service": { "enabled": true, "active_state": "active" } } } }""");

        Assert.Equal("enable and start one.service", Assert.Single(Steps(done)).Summary);
        Assert.Null(End(done).Error);
        Assert.Equal(("active", "enabled"), await StateAsync("one.service"));
        Assert.Empty((await node.Client.PlanAsync(new() { Edits = [new SetUnit("one.service", ActiveState: "active")] }, default)).Steps);
        var observed = (await node.Client.StateAsync("observed", default)).State.Systemd!.Units;
        Assert.Equal(new UnitState { Enabled = true, ActiveState = "active" }, observed["one.service"]);

        Assert.Equal("disable and stop one.service", Assert.Single(Steps(await node.ApplyAsync(Empty))).Summary);
        Assert.Equal(("inactive", "disabled"), await StateAsync("one.service"));
    }

    [Fact]
    public async Task A_change_that_is_taken_back_leaves_units_as_they_were_also_those_that_were_looked_after_before()
    {
        await node.ApplyAsync("""{ "systemd": { "units": { "one.service": { "active_state": "active" } } } }""");
        await node.ApplyAsync("""{ "systemd": { "units": { "one.service": { "active_state": "inactive", "masked": false }, "two.service": { "enabled": true, "active_state": "active" } } } }""", confirmWithin: 60);
        Assert.Equal(("inactive", "disabled"), await StateAsync("one.service"));
        Assert.Equal(("active", "enabled"), await StateAsync("two.service"));

        await node.RollbackAsync();

        Assert.Equal(("active", "disabled"), await StateAsync("one.service"));
        Assert.Equal(("inactive", "disabled"), await StateAsync("two.service"));
    }

    [Fact]
    public async Task Of_a_change_that_fails_everything_is_put_back_and_the_unit_is_named_with_its_reason()
    {
        await node.Machine.AddUnitAsync("broken.service", "[Service]\nType=oneshot\nExecStart=/bin/echo the disk is full\nExecStart=/bin/false\n");

        var end = End(await node.ApplyAsync("""{ "systemd": { "units": { "one.service": { "enabled": true, "active_state": "active" }, "broken.service": { "active_state": "active" } } } }"""));

        Assert.Equal(GenerationStatus.RolledBack, end.Generation!.Status);
        Assert.Equal((ErrorKind.CommandFailed, "broken.service"), (end.Error!.Kind, end.Error.Target));
        Assert.Contains("could not start broken.service (failed): it is failed, exit-code, its program ended with 1", end.Error.Message, StringComparison.Ordinal);
        Assert.Contains("the disk is full", end.Error.Message, StringComparison.Ordinal);
        Assert.Equal(("inactive", "disabled"), await StateAsync("one.service"));
    }

    [Fact]
    public async Task A_unit_that_does_its_work_and_goes_is_no_active_one_and_the_error_says_so()
    {
        await node.Machine.AddUnitAsync("brief.service", "[Service]\nType=oneshot\nExecStart=/bin/true\n");

        var end = End(await node.EditAsync(new SetUnit("brief.service", ActiveState: "active")));

        Assert.Contains("has ended already", end.Error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_unit_that_somebody_masked_waits_until_the_state_says_that_it_is_not()
    {
        await node.Machine.AddUnitAsync("hidden.service", "[Service]\nExecStart=/bin/sleep infinity\n");
        await node.Machine.ExecAsync("mv", "/etc/systemd/system/hidden.service", "/usr/lib/systemd/system/");
        await node.Machine.ExecAsync("systemctl", "mask", "hidden.service");

        var waits = await node.EditAsync(new SetUnit("hidden.service", ActiveState: "active"));
        Assert.Empty(Steps(waits));
        Assert.Contains(Plan(waits).Findings, f => f is { Kind: "waiting", Path: "systemd.units.hidden.service" } && f.Message.Contains("\"masked\": false", StringComparison.Ordinal));

        Assert.Equal("unmask and start hidden.service", Assert.Single(Steps(await node.EditAsync(new SetUnit("hidden.service", Masked: false)))).Summary);
        Assert.Equal("active", (await StateAsync("hidden.service")).Active);

        Assert.Equal("stop and mask hidden.service", Assert.Single(Steps(await node.EditAsync(new ReleaseUnit("hidden.service")))).Summary);
        Assert.Equal(("inactive", "masked"), await StateAsync("hidden.service"));
    }

    [Fact]
    public async Task A_unit_that_is_not_there_waits_and_is_looked_after_once_it_is()
    {
        var waits = await node.EditAsync(new SetUnit("later.service", ActiveState: "active"));
        Assert.Contains(Plan(waits).Findings, f => f is { Kind: "waiting", Path: "systemd.units.later.service" });

        await node.Machine.AddUnitAsync("later.service", "[Service]\nExecStart=/bin/sleep infinity\n");

        await Eventually.True(async () => (await StateAsync("later.service")).Active == "active", Soon, "it is started");
        await node.EditAsync(new ReleaseUnit("later.service"));
    }

    [Fact]
    public async Task What_somebody_stops_or_disables_is_put_back_also_after_the_bus_and_the_agent_were_gone()
    {
        await node.ApplyAsync("""{ "systemd": { "units": { "one.service": { "enabled": true, "active_state": "active" } } } }""");
        foreach (var disturb in new Func<Task>[]
        {
            () => Task.CompletedTask,
            () => node.Machine.ExecAsync("systemctl", "kill", "--signal=KILL", "dbus.service"),
            async () =>
            {
                await node.KillAgentAsync();
                await node.StartAgentAsync();
            },
        })
        {
            await disturb();
            await node.Machine.ExecAsync("systemctl", "stop", "one.service");
            await node.Machine.ExecAsync("systemctl", "disable", "one.service");
            await Eventually.True(async () => await StateAsync("one.service") == ("active", "enabled"), Soon, "it is put back");
        }
    }

    [Fact]
    public async Task Another_name_on_this_distribution_is_said_and_used()
    {
        await node.Machine.AddUnitAsync("ssh.service", "[Service]\nExecStart=/bin/sleep infinity\n");
        await node.Machine.ExecAsync("rm", "-f", "/etc/systemd/system/sshd.service");

        var done = await node.EditAsync(new SetUnit("sshd.service", ActiveState: "active"));

        Assert.Contains(Plan(done).Findings, f => f.Message.Contains("sshd.service is called ssh.service on Debian", StringComparison.Ordinal));
        Assert.True(Assert.Single(Steps(done)).TouchesManagement);
        await node.Client.ConfirmAsync(End(done).Generation!.Number, new(), default);
        Assert.Equal("active", (await StateAsync("ssh.service")).Active);
        var shown = Assert.Single((await node.Client.UnitsAsync("sshd.service", default)).Units);
        Assert.Equal(("ssh.service", "active", "inactive"), (shown.Name, shown.Wanted!.ActiveState, shown.Before!.ActiveState));
        Assert.Equal(ErrorKind.Conflict, (await Assert.ThrowsAsync<MeshException>(() => node.EditAsync(new ReleaseUnit("sshd.service")))).Error.Kind);
        var released = await node.ApplyAsync(new ChangeRequest { Edits = [new ReleaseUnit("sshd.service")], Force = true });
        await node.Client.ConfirmAsync(End(released).Generation!.Number, new(), default);
    }

    [Fact]
    public async Task Units_are_found_by_a_pattern_and_a_name_without_a_type_is_refused_with_the_right_one()
    {
        var found = await node.Client.UnitsAsync("dbus.*", default);
        Assert.Contains(found.Units, u => u is { Name: "dbus.socket", Active: "active" });

        var refusal = await Assert.ThrowsAsync<MeshException>(() => node.Client.UnitsAsync("dbus", default));
        Assert.Equal("dbus.service", Assert.Single(refusal.Error.Problems!).Nearest!.Single());
    }

    [Fact]
    public async Task The_command_line_sets_shows_and_releases_a_unit()
    {
        // Released by an edit, it is not to be named again by another test's document.
        await node.Machine.AddUnitAsync("three.service", "[Service]\nExecStart=/bin/sleep infinity\n[Install]\nWantedBy=basic.target\n");
        var meshctl = PrivateNode.Binary("Cli", "meshctl");

        var set = await node.Machine.ExecAsync(meshctl, "unit", "set", "three.service", "--start", "--enable");
        Assert.Contains("[1/1] systemd unit three.service: enable and start three.service … done", set, StringComparison.Ordinal);
        var shown = await node.Machine.ExecAsync(meshctl, "unit", "status");
        Assert.Matches(@"three\.service +active \(running\) +enabled +active, enabled", shown);
        await node.Machine.ExecAsync(meshctl, "unit", "release", "three.service");

        Assert.Equal(("inactive", "disabled"), await StateAsync("three.service"));
        Assert.Contains("dpkg ", await node.Machine.ExecAsync(meshctl, "package", "status", "dpkg"), StringComparison.Ordinal);
    }

    static IReadOnlyList<PlannedStep> Steps(IReadOnlyList<ApplyEvent> events) => Plan(events).Steps;

    static Plan Plan(IReadOnlyList<ApplyEvent> events) => events.OfType<ApplyEvent.Planned>().Single().Plan;

    static ApplyEvent.Finished End(IReadOnlyList<ApplyEvent> events) => (ApplyEvent.Finished)events[^1];

    async Task<(string Active, string File)> StateAsync(string unit) => (await node.Machine.ShowAsync(unit, "ActiveState"), await node.Machine.ShowAsync(unit, "UnitFileState"));
}
