using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Engine;
using MeshMcp.HostBridge.Systems.Xray;
using Xunit;

namespace MeshMcp.UnitTests.Xray;

public sealed class XraySystemTests : IDisposable
{
    static readonly XraySection Section = new() { Server = Sections.V2rayServer };
    static readonly XrayRendering Rendering = XrayConfiguration.Of(new(Sections.V2rayServer, null), Sections.SecretOf);
    static readonly AppliedXray Applied = new(Sections.V2rayServer, null, Rendering.Digest!, Rendering.Users);

    readonly XrayHost _host = new();

    public void Dispose() => _host.Dispose();

    [Fact]
    public void A_container_that_has_the_configuration_needs_nothing() => Assert.Empty(Plan(Section, new(true, Rendering.Digest, Applied, true)));

    [Fact]
    public void A_new_container_gets_it_and_ids_do_not_show_in_the_plan()
    {
        var step = Assert.Single(Plan(Section, new(true, null, null, null)));

        Assert.Equal("put the server's configuration into container 202 and restart v2ray", step.Shown.Summary);
        Assert.Equal(["+ /etc/meshmcp/xray.json", "+ user alice", "+ user bob"], step.Shown.Details);
        Assert.Equal("xray.server", step.Item);
    }

    [Fact]
    public void A_changed_user_list_an_altered_file_and_a_record_that_a_crash_left_old_are_put_right()
    {
        var less = XrayConfiguration.Of(new(Sections.V2rayServer with { Users = [new() { Name = "alice" }] }, null), Sections.SecretOf);

        Assert.Equal(["- user bob"], Assert.Single(Plan(Section with { Server = Sections.V2rayServer with { Users = [new() { Name = "alice" }] } }, new(true, Rendering.Digest, Applied, true))).Shown.Details);
        Assert.Equal(["~ /etc/meshmcp/xray.json was altered by others"], Assert.Single(Plan(Section, new(true, "other", Applied, true))).Shown.Details);
        Assert.Single(Plan(Section, new(true, Rendering.Digest, Applied with { Server = Sections.V2rayServer with { Users = [] }, Digest = less.Digest!, Users = less.Users }, true)));
    }

    [Fact]
    public void A_missing_container_or_program_waits()
    {
        var missing = Observed(new(false, null, null, null));
        var without = missing with { Places = new Dictionary<string, XrayPlace> { ["202"] = new(true, null, null, null) }, Programs = new HashSet<XrayProgram>() };

        Assert.Empty(_host.System.Plan(Section, missing));
        Assert.Equal(("waiting", "xray.server.container"), _host.System.Findings(Section, missing).Select(f => (f.Kind, f.Path)).Single());
        Assert.Empty(_host.System.Plan(Section, without));
        Assert.Equal(("waiting", "xray.server.program"), _host.System.Findings(Section, without).Select(f => (f.Kind, f.Path)).Single());
    }

    [Fact]
    public void A_container_that_runs_without_the_program_is_told_with_the_command_to_give_it()
    {
        var finding = Assert.Single(_host.System.Findings(Section, Observed(new(true, Rendering.Digest, Applied, false))));

        Assert.Contains("""["v2ray", "-config", "/etc/meshmcp/xray.json"]""", finding.Message);
    }

    [Fact]
    public void What_left_the_state_is_taken_out_and_a_container_that_left_is_forgotten()
    {
        Assert.True(Assert.Single(Plan(null, new(true, Rendering.Digest, Applied, true))).Teardown);
        Assert.Empty(Plan(null, new(true, null, Applied, true)));
        Assert.Empty(Plan(null, new(false, null, Applied, null)));
        Assert.Null(_host.System.Ours(Observed(new(false, null, Applied, null))));
        Assert.Equal(Sections.V2rayServer.Exit, _host.System.Ours(Observed(new(true, Rendering.Digest, Applied, true)))!.Server!.Exit);
    }

    [Fact]
    public void A_secret_that_the_program_refuses_is_not_tried_for_ever_but_a_change_of_the_state_is()
    {
        var old = Applied with { Digest = "before" };
        var refused = new XrayPlace(true, "before", old, true, new(Rendering.Digest!, "v2ray refuses the configuration: bad."));

        Assert.Empty(Plan(Section, refused));
        Assert.Contains("The old configuration stays: v2ray refuses", Assert.Single(_host.System.Findings(Section, Observed(refused))).Message);
        Assert.Single(Plan(Section, refused with { Applied = old with { Server = Sections.V2rayServer with { Users = [] } } }));
    }

    [Fact]
    public void A_new_user_gets_an_id_that_the_change_after_the_plan_keeps_and_planning_stores_nothing()
    {
        var state = new NodeState { Xray = Section };

        var planned = (AddXrayUser)_host.System.Resolve(new AddXrayUser(new() { Name = "carol" }), state);
        Assert.Equal(planned, _host.System.Resolve(new AddXrayUser(new() { Name = "carol" }), state));
        for (var i = 0; i < 1000; i++) _host.System.Resolve(new AddXrayUser(new() { Name = $"user{i}" }), state);
        Assert.Empty(_host.Secrets.List().Secrets);

        planned = (AddXrayUser)_host.System.Resolve(new AddXrayUser(new() { Name = "carol" }), state);
        _host.System.Keep(planned);

        Assert.Matches("^secret:xray-user-carol-[0-9a-f]{4}$", planned.User.Id);
        Assert.True(Guid.TryParseExact(_host.Secrets.Find(planned.User.Id, SecretKind.XrayId), "D", out _));
    }

    [Fact]
    public void A_user_who_comes_back_has_another_id_and_the_removed_one_lets_nobody_in_again()
    {
        var state = new NodeState { Xray = Section };
        var first = (AddXrayUser)_host.System.Resolve(new AddXrayUser(new() { Name = "carol" }), state);
        _host.System.Keep(first);
        var with = first.Apply(state);

        _host.Store.Revoked.Add(_host.System.Revokes(new RemoveXrayUser("carol"), with), default, 7);
        var second = (AddXrayUser)_host.System.Resolve(new AddXrayUser(new() { Name = "carol" }), state);
        _host.System.Keep(second);

        Assert.NotEqual(first.User.Id, second.User.Id);
        Assert.NotNull(_host.Store.Revoked.Find(_host.Secrets.Find(first.User.Id, SecretKind.XrayId)!));
        Assert.Null(_host.Store.Revoked.Find(_host.Secrets.Find(second.User.Id, SecretKind.XrayId)!));
        _host.RootOf("202");
        var seen = XrayConfiguration.Of(new(with.Xray!.Server, null), r => r == first.User.Id ? null : Sections.SecretOf(r), new HashSet<string> { first.User.Id! });
        Assert.Contains(seen.Waiting, f => f.Message.Contains("was revoked, so carol cannot come in", StringComparison.Ordinal));
        Assert.DoesNotContain("carol", seen.Users);
    }

    [Fact]
    public void Bad_edits_are_refused_with_what_would_be_right()
    {
        var state = new NodeState { Xray = Section };

        Assert.Equal(ErrorKind.Conflict, Refusal(new AddXrayUser(new() { Name = "alice" }), state).Kind);
        Assert.Equal(ErrorKind.InvalidArgument, Refusal(new AddXrayUser(new() { Name = "Alice Smith" }), state).Kind);
        var unknown = Refusal(new RemoveXrayUser("alise"), state);
        Assert.Equal((ErrorKind.NotFound, "alice"), (unknown.Kind, unknown.Problems![0].Nearest![0]));
        Assert.Equal((ErrorKind.NotFound, "xray.server"), (Refusal(new RemoveXrayUser("alice"), new()).Kind, Refusal(new RemoveXrayUser("alice"), new()).Target));
    }

    [Fact]
    public void Nothing_is_written_through_a_link_that_the_container_made()
    {
        var root = _host.RootOf("202");
        var outside = Directory.CreateDirectory(Path.Combine(root, "..", "outside")).FullName;
        Directory.CreateDirectory(Path.Combine(root, "etc"));
        File.CreateSymbolicLink(Path.Combine(root, "etc", "meshmcp"), outside);

        Assert.Null(_host.Files.DigestIn("202"));
        Assert.Equal(ErrorKind.Conflict, Assert.Throws<MeshException>(() => _host.Files.Put("202", "{}"u8.ToArray())).Error.Kind);
        Assert.Empty(Directory.EnumerateFileSystemEntries(outside));

        // A link in place of the file itself is replaced, not followed.
        Directory.Delete(Path.Combine(root, "etc", "meshmcp"));
        Directory.CreateDirectory(Path.Combine(root, "etc", "meshmcp"));
        File.WriteAllText(Path.Combine(outside, "precious"), "kept");
        File.CreateSymbolicLink(Path.Combine(root, "etc", "meshmcp", "xray.json"), Path.Combine(outside, "precious"));
        _host.Files.Put("202", "{}"u8.ToArray());
        Assert.Equal("kept", File.ReadAllText(Path.Combine(outside, "precious")));
        Assert.Equal(XrayRendering.DigestOf("{}"u8.ToArray()), _host.Files.DigestIn("202"));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(root, "etc", "meshmcp", "xray.json")));
        Assert.Equal(["xray.json"], Directory.EnumerateFileSystemEntries(Path.Combine(root, "etc", "meshmcp")).Select(Path.GetFileName));
    }

    [Fact]
    public void Counters_are_read_as_either_program_prints_them()
    {
        var v2ray = XrayCounters.Read("stat: <\n  name: \"user>>>alice>>>traffic>>>uplink\"\n  value: 175\n>\nstat: <\n  name: \"user>>>bob>>>traffic>>>uplink\"\n>\n");
        var xray = XrayCounters.Read("""{"stat":[{"name":"user>>>alice>>>traffic>>>uplink","value":175},{"name":"user\u003e\u003e\u003ebob>>>traffic>>>uplink"},{"name":"inbound>>>vless>>>traffic>>>downlink","value":"7"}]}""");

        Assert.Equal((175, 0, 0), (XrayCounters.Of(v2ray, "user", "alice", "uplink"), XrayCounters.Of(v2ray, "user", "bob", "uplink"), XrayCounters.Of(v2ray, "user", "carol", "uplink")));
        Assert.Equal((175, 0, 7), (XrayCounters.Of(xray, "user", "alice", "uplink"), XrayCounters.Of(xray, "user", "bob", "uplink"), XrayCounters.Of(xray, "inbound", "vless", "downlink")));
        Assert.Null(XrayCounters.Of(null, "user", "alice", "uplink"));
    }

    IReadOnlyList<Step> Plan(XraySection? section, XrayPlace place) => _host.System.Plan(section, Observed(place));

    MeshError Refusal(Edit edit, NodeState state) => Assert.Throws<MeshException>(() => _host.System.Resolve(edit, state)).Error;

    static ObservedXray Observed(XrayPlace place) => new(new Dictionary<string, XrayPlace> { ["202"] = place }, Sections.Secrets, Enum.GetValues<XrayProgram>().ToHashSet(), new HashSet<string>());
}
