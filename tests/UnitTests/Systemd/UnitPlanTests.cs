using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Engine;
using MeshMcp.HostBridge.Host;
using MeshMcp.HostBridge.Systems.Systemd;
using Xunit;

namespace MeshMcp.UnitTests.Systemd;

/// <summary>The pure part: what is wanted of units and what they are, in; steps and findings, out.</summary>
public sealed class UnitPlanTests
{
    static readonly Distribution Debian = new("Debian", true, false), Nixos = new("NixOS", false, true);
    static readonly UnitState Running = new() { Enabled = true, ActiveState = "active" };
    static readonly SeenUnit Stopped = new("a.service", "", "loaded", "inactive", "dead", "disabled");
    static readonly SeenUnit Started = Stopped with { ActiveState = "active", SubState = "running", FileState = "enabled" };

    [Theory]
    [InlineData(true, "active", null, "inactive", "disabled", "enable and start a.service")]
    [InlineData(false, "inactive", null, "active", "enabled", "disable and stop a.service")]
    [InlineData(null, "inactive", true, "active", "static", "stop and mask a.service")]
    [InlineData(null, "active", false, "inactive", "masked", "unmask and start a.service")]
    [InlineData(true, "active", null, "activating", "enabled", "start a.service")]
    [InlineData(true, null, null, "inactive", "static", "look after a.service; it is as wanted")]
    [InlineData(null, "inactive", null, "failed", "disabled", "look after a.service; it is as wanted")]
    public void A_unit_gets_one_step_that_says_all_that_is_to_do(bool? enabled, string? active, bool? masked, string nowActive, string nowFile, string expected)
    {
        var wanted = new UnitState { Enabled = enabled, ActiveState = active, Masked = masked };
        var seen = Stopped with { ActiveState = nowActive, FileState = nowFile, LoadState = nowFile == "masked" ? "masked" : "loaded" };

        Assert.Equal(expected, Assert.Single(Plan(wanted, seen)).Shown.Summary);
    }

    [Theory]
    [InlineData(null, "inactive", null), InlineData(null, "active", null), InlineData(true, null, null), InlineData(false, null, null), InlineData(null, null, true), InlineData(null, null, false)]
    public void Whatever_is_wanted_of_a_unit_that_is_not_there_waits(bool? enabled, string? active, bool? masked)
    {
        var section = new SystemdSection { Units = new Dictionary<string, UnitState> { ["a.service"] = new() { Enabled = enabled, ActiveState = active, Masked = masked } } };
        var gone = new ObservedSystemd(null, new Dictionary<string, SeenUnit> { ["a.service"] = new("a.service", "", "not-found", "inactive", "dead", "") }, new Dictionary<string, UnitRecord>(), Debian);

        Assert.True(Assert.Single(SystemdFindings.Of(section, gone)) is { Waits: true, Path: "systemd.units.a.service" });
        Assert.True(Assert.Single(SystemdFindings.Of(section, gone with { Trouble = "no bus" })).Waits);
    }

    [Fact]
    public void What_is_as_it_was_noted_needs_no_step_and_what_was_observed_of_ours_neither()
    {
        var ledger = new UnitRecord("a.service", new() { Enabled = false, ActiveState = "inactive" }, Running);
        var observed = Observed(Debian, Started, ledger);

        Assert.Empty(Plan(Running, Started, ledger));
        Assert.Empty(System(Debian).Plan(System(Debian).Ours(observed), observed));
    }

    [Fact]
    public void A_unit_that_is_named_no_longer_becomes_what_it_was_and_stopping_comes_first()
    {
        var ledger = new UnitRecord("a.service", new() { Enabled = false, ActiveState = "inactive" }, Running);

        var step = Assert.Single(Plan(null, Started, ledger));

        Assert.Equal(("disable and stop a.service", true), (step.Shown.Summary, step.Teardown));
        // Of a field that is wanted no longer, too.
        Assert.Equal("disable a.service", Assert.Single(Plan(new() { ActiveState = "active" }, Started, ledger)).Shown.Summary);
    }

    [Fact]
    public void While_systemd_does_not_answer_items_wait_but_what_must_go_back_is_an_error()
    {
        var silent = new ObservedSystemd("no bus", new Dictionary<string, SeenUnit>(), new Dictionary<string, UnitRecord>(), Debian);
        var section = Section(Running);

        Assert.Empty(System(Debian).Plan(section, silent));
        Assert.Equal("waiting", Assert.Single(System(Debian).Findings(section, silent)).Kind);

        var noted = silent with { Ledger = new Dictionary<string, UnitRecord> { ["a.service"] = new("a.service", new() { ActiveState = "inactive" }, Running) } };
        Assert.Empty(System(Debian).Plan(section, noted));
        Assert.Equal(Running, System(Debian).Ours(noted)!.Units["a.service"]);
        Assert.Equal(ErrorKind.Unavailable, Assert.Throws<MeshException>(() => System(Debian).Plan(null, noted)).Error.Kind);
    }

    [Fact]
    public void On_NixOS_starting_is_ours_and_enabling_waits_with_the_line_to_write()
    {
        var observed = Observed(Nixos, Stopped, null);

        Assert.Equal("start a.service", Assert.Single(System(Nixos).Plan(Section(Running), observed)).Shown.Summary);
        Assert.Contains("""systemd.services."a".wantedBy = [ "multi-user.target" ];""", Assert.Single(System(Nixos).Findings(Section(Running), observed)).Message, StringComparison.Ordinal);
        var refusal = Assert.Throws<MeshException>(() => System(Nixos).Resolve(new SetUnit("a.timer", Masked: true), new())).Error;
        Assert.Equal((ErrorKind.NotSupported, """Write in the node's configuration: systemd.timers."a".enable = false;"""), (refusal.Kind, refusal.Hint));
    }

    [Fact]
    public void Names_go_by_the_distribution()
    {
        Assert.Equal("openvswitch-switch.service", UnitNames.AliasOf("openvswitch.service", Debian));
        Assert.Equal("ovs-vswitchd.service", UnitNames.AliasOf("openvswitch.service", Nixos));
        Assert.Equal("wg-quick-wg0.service", UnitNames.AliasOf("wg-quick@wg0.service", Nixos));
        Assert.Null(UnitNames.AliasOf("wg-quick@wg0.service", Debian));
        Assert.Null(UnitNames.AliasOf("openvswitch.service", new("Fedora", false, false)));
    }

    [Theory]
    [InlineData("a", null, null, null, "systemd.units.a")]
    [InlineData("a@.service", null, null, null, "systemd.units.a@.service")]
    [InlineData("a b.service", null, null, null, "systemd.units.a b.service")]
    [InlineData("../x.service", null, null, null, "systemd.units.../x.service")]
    [InlineData("a.service", null, "activ", null, "systemd.units.a.service.active_state")]
    [InlineData("a.service", true, null, true, "systemd.units.a.service.masked")]
    [InlineData("a.service", null, "active", true, "systemd.units.a.service.masked")]
    [InlineData("meshmcp-hostbridge.service", null, "inactive", null, "systemd.units.meshmcp-hostbridge.service")]
    public void Faults_are_told_with_their_paths(string name, bool? enabled, string? active, bool? masked, string path)
    {
        var section = new SystemdSection { Units = new Dictionary<string, UnitState> { [name] = new() { Enabled = enabled, ActiveState = active, Masked = masked } } };

        Assert.Equal(path, Assert.Single(System(Debian).Validate(new() { Systemd = section })).Path);
    }

    [Theory]
    [InlineData("oo1424oo")]
    [InlineData("vps")]
    public void The_documents_own_sections_have_no_faults_on_either_distribution(string node)
    {
        var state = StateReader.Read(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, $"../../../../examples/{node}.document.json")));

        Assert.NotEmpty(state.Systemd!.Units);
        Assert.Empty(System(Debian).Validate(state).Concat(System(Nixos).Validate(state)));
    }

    [Fact]
    public void The_same_unit_by_two_names_is_a_fault()
    {
        var section = new SystemdSection { Units = new Dictionary<string, UnitState> { ["openvswitch.service"] = Running, ["openvswitch-switch.service"] = Running } };

        Assert.Contains("the same unit here", Assert.Single(System(Debian).Validate(new() { Systemd = section })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_distribution_is_told_by_its_files()
    {
        var root = Directory.CreateTempSubdirectory("meshmcp-etc-").FullName;
        try
        {
            Directory.CreateDirectory($"{root}/etc");
            File.WriteAllText($"{root}/etc/os-release", "NAME=\"Ubuntu\"\nID=ubuntu\nID_LIKE=debian\n");
            Assert.Equal(new Distribution("Ubuntu", true, false), Distribution.Read(root));
            File.WriteAllText($"{root}/etc/NIXOS", "");
            Assert.True(Distribution.Read(root).IsNixos);
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    static SystemdSystem System(Distribution here) => new(null!, null!, here);

    static SystemdSection Section(UnitState wanted) => new() { Units = new Dictionary<string, UnitState> { ["a.service"] = wanted } };

    static ObservedSystemd Observed(Distribution here, SeenUnit seen, UnitRecord? record) =>
        new(null, new Dictionary<string, SeenUnit> { ["a.service"] = seen }, record is null ? new Dictionary<string, UnitRecord>() : new() { ["a.service"] = record }, here);

    static IReadOnlyList<Step> Plan(UnitState? wanted, SeenUnit seen, UnitRecord? record = null) =>
        System(Debian).Plan(wanted is null ? null : Section(wanted), Observed(Debian, seen, record));
}
