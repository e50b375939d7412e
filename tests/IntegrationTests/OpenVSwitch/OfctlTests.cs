using System.Collections.Concurrent;
using System.Diagnostics;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Flows;
using MeshMcp.HostBridge.Host;
using MeshMcp.HostBridge.OpenVSwitch;
using MeshMcp.TestKit;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace MeshMcp.IntegrationTests.OpenVSwitch;

public sealed class OfctlTests : IAsyncLifetime
{
    static readonly TimeSpan Hangs = TimeSpan.FromSeconds(20);

    PrivateOvs ovs = null!;
    Ofctl ofctl = null!;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        ovs = await PrivateOvs.StartAsync(Ct);
        await ovs.Namespace.AddVethAsync("veth100", "eth100");
        await ovs.Namespace.AddVethAsync("p-nm-server", "q-nm-server");
        var paths = new OvsPaths(ovs.DbSocket, ovs.Folder);
        await using var database = await OvsdbConnection.OpenAsync(paths, TimeProvider.System, NullLogger.Instance, Ct);
        var made = new OvsSwitch(database);
        await made.CreateBridgeAsync(new("mesh", "netdev", new Dictionary<string, string>()), Ct);
        await made.AddPortAsync("mesh", new("veth100", "system", 100, new Dictionary<string, string>()), replace: false, Ct);
        await made.AddPortAsync("mesh", new("p-nm-server", "system", 2, new Dictionary<string, string>()), replace: false, Ct);
        ofctl = new Ofctl(new CommandRunner(), paths);
    }

    public ValueTask DisposeAsync() => ovs.DisposeAsync();

    [Fact]
    public async Task Every_accepted_flow_is_dumped_as_it_was_canonicalised()
    {
        await ovs.RunAsync("ovs-ofctl", "-O", "OpenFlow14", "add-group", "mesh", "group_id=1,type=all,bucket=actions=output:2");
        await ovs.RunAsync("ovs-ofctl", "-O", "OpenFlow14", "add-meter", "mesh", "meter=1,kbps,band=type=drop,rate=1000");
        var specs = VariedFlows.All.Select(text => FlowText.Parse(text)).ToList();
        Assert.Equal(specs.Count, specs.Select(s => s.MatchKey).Distinct().Count());
        var desired = await ofctl.CanonicalAsync([.. specs.Select(s => s.ToString())], Ct);
        Assert.Equal(specs.Select(s => (s.Table, s.Priority)), desired.Select(d => (d.Key.Table, d.Key.Priority)));

        await ofctl.BundleAsync("mesh", [.. specs.Zip(desired, (s, d) => $"add cookie=0x{0xabcdUL << 48 | (uint)d.Key.Priority:x},{s}")], Ct);
        var dumped = await ofctl.DumpFlowsAsync("mesh", Ct);
        var byKey = dumped.ToDictionary(d => d.Flow.Key);
        Assert.All(specs.Zip(desired), pair =>
        {
            Assert.True(byKey.TryGetValue(pair.Second.Key, out var found), $"{pair.First} is not dumped as {pair.Second}");
            Assert.Equal(pair.Second.Actions, found!.Flow.Actions);
            Assert.Equal(0xabcdUL << 48 | (uint)pair.Second.Key.Priority, found.Cookie);
        });
        Assert.Equal(desired.Count, dumped.Count);
        Assert.Equal(desired, await ofctl.CanonicalAsync([.. desired.Select(d => d.ToString())], Ct));

        await ofctl.BundleAsync("mesh", [.. dumped.Select(d => d.Flow.DeleteStrictLine(d.Cookie))], Ct);
        Assert.Empty(await ofctl.DumpFlowsAsync("mesh", Ct));
    }

    [Fact]
    public async Task A_flow_that_bears_another_cookie_by_now_is_not_deleted()
    {
        await ofctl.BundleAsync("mesh", ["add cookie=0x5,priority=1,ip,actions=drop"], Ct);
        var flow = Assert.Single(await ofctl.DumpFlowsAsync("mesh", Ct));
        await ofctl.BundleAsync("mesh", [flow.Flow.DeleteStrictLine(6)], Ct);
        Assert.Single(await ofctl.DumpFlowsAsync("mesh", Ct));
        await ofctl.BundleAsync("mesh", [flow.Flow.DeleteStrictLine(5), flow.Flow.AddLine(7)], Ct);
        Assert.Equal(7UL, Assert.Single(await ofctl.DumpFlowsAsync("mesh", Ct)).Cookie);
    }

    [Fact]
    public async Task Statistics_and_flags_of_foreign_flows_are_read()
    {
        await ovs.RunAsync("ovs-ofctl", "-O", "OpenFlow14", "add-flow", "mesh", "send_flow_rem,reset_counts,idle_timeout=300,hard_timeout=600,importance=5,cookie=0xffffffffffffffff,priority=7,in_port=p-nm-server,actions=drop");
        await ovs.RunAsync("ovs-ofctl", "-O", "OpenFlow14", "add-flow", "mesh", "table=4,send_flow_rem,actions=normal");
        await ovs.RunAsync("ovs-ofctl", "-O", "OpenFlow14", "add-flow", "mesh", "table=3,check_overlap,priority=0,actions=controller:65");
        await ovs.RunAsync("ovs-ofctl", "packet-out", "mesh", "in_port=2,packet=ffffffffffff0200000000010806000108000604000102000000000101020304000000000000050607080000,actions=TABLE");
        Dictionary<FlowKey, DumpedFlow> flows = [];
        await Eventually.True(async () =>
        {
            flows = (await ofctl.DumpFlowsAsync("mesh", Ct)).ToDictionary(f => f.Flow.Key);
            return flows[new(0, 7, "in_port=2")].Packets > 0;
        }, Hangs, "the packet is counted", Ct);
        var first = flows[new(0, 7, "in_port=2")];
        Assert.Equal((ulong.MaxValue, "drop", true), (first.Cookie, first.Flow.Actions, first.Bytes >= 42));
        Assert.Equal("NORMAL", flows[new(4, 32768, "")].Flow.Actions);
        Assert.Equal("CONTROLLER:65", flows[new(3, 0, "")].Flow.Actions);
    }

    [Fact]
    public async Task A_refused_flow_is_quoted_and_nothing_is_applied()
    {
        var refused = await Assert.ThrowsAsync<MeshException>(() => ofctl.BundleAsync("mesh", ["add priority=1,ip,actions=drop", "add priority=2,ip,actions=group:99"], Ct));
        Assert.Equal(ErrorKind.CommandFailed, refused.Error.Kind);
        Assert.Contains("priority=2,ip actions=group:99: OFPBAC_BAD_OUT_GROUP", refused.Message);
        var malformed = await Assert.ThrowsAsync<MeshException>(() => ofctl.BundleAsync("mesh", ["add priority=1,ip,actions=drop", "add priority=2,ip,actions=frob:1"], Ct));
        Assert.Contains("unknown action frob", malformed.Message);
        Assert.Empty(await ofctl.DumpFlowsAsync("mesh", Ct));
    }

    [Fact]
    public async Task A_flow_that_only_ovs_ofctl_can_refuse_is_found_among_many()
    {
        List<string> flows = [.. Enumerable.Range(1, 500).Select(i => $"priority={i},tcp,tp_dst=80,actions=output:2")];
        var inconsistent = await Assert.ThrowsAsync<MeshException>(() => ofctl.CanonicalAsync([.. flows, "ip,actions=ct(commit,alg=ftp)", .. flows], Ct));
        Assert.Equal((ErrorKind.InvalidArgument, "flows[500]"), (inconsistent.Error.Kind, inconsistent.Error.Problems![0].Path));
        var unusable = await Assert.ThrowsAsync<MeshException>(() => ofctl.CanonicalAsync([.. flows, "ip,actions=strip_vlan,2", .. flows], Ct));
        Assert.Equal("flows[500]", unusable.Error.Problems![0].Path);
    }

    [Fact]
    public async Task Ten_thousand_flows_are_quick()
    {
        List<string> flows = [.. Enumerable.Range(1, 10_000).Select(i => $"priority={i},tcp,nw_dst=10.{i >> 8}.{i & 255}.1,tp_dst=80,actions=mod_dl_dst:02:00:00:00:00:01,output:2")];
        var clock = Stopwatch.StartNew();
        var specs = flows.Select(f => FlowText.Parse(f)).ToList();
        var parsed = clock.Elapsed;
        var canonical = await ofctl.CanonicalAsync(flows, Ct);
        var normalised = clock.Elapsed;
        await ofctl.BundleAsync("mesh", [.. canonical.Select(c => c.AddLine(1))], Ct);
        var applied = clock.Elapsed;
        var dumped = await ofctl.DumpFlowsAsync("mesh", Ct);
        var total = clock.Elapsed;
        TestContext.Current.SendDiagnosticMessage($"10,000 flows: parse {parsed.TotalMilliseconds:0}, canonical {(normalised - parsed).TotalMilliseconds:0}, bundle {(applied - normalised).TotalMilliseconds:0}, dump {(total - applied).TotalMilliseconds:0} ms");
        Assert.Equal(canonical.ToHashSet(), dumped.Select(d => d.Flow).ToHashSet());
        Assert.True(total < TimeSpan.FromSeconds(10), $"took {total}");
    }

    [Fact]
    public async Task A_missing_bridge_or_daemon_is_unavailable()
    {
        foreach (var ask in (Func<Task>[])[() => ofctl.DumpFlowsAsync("nosuch", Ct), () => ofctl.BundleAsync("nosuch", ["add actions=drop"], Ct)])
        {
            var missing = await Assert.ThrowsAsync<MeshException>(ask);
            Assert.Equal(ErrorKind.Unavailable, missing.Error.Kind);
            Assert.Contains("nosuch", missing.Message);
        }
        await ovs.KillVswitchdAsync();
        foreach (var ask in (Func<Task>[])[() => ofctl.DumpFlowsAsync("mesh", Ct), () => ofctl.TraceAsync("mesh", "ip", Ct), async () => { await foreach (var _ in ofctl.MonitorAsync("mesh", Ct)) { } }])
            Assert.Equal(ErrorKind.Unavailable, (await Assert.ThrowsAsync<MeshException>(ask)).Error.Kind);
    }

    [Fact]
    public async Task A_watch_reports_changes_and_ends_with_the_switch()
    {
        var events = new ConcurrentQueue<FlowEvent>();
        var watch = Task.Run(async () =>
        {
            await foreach (var happened in ofctl.MonitorAsync("mesh", Ct)) events.Enqueue(happened);
        }, Ct);
        await Eventually.True(() => events.ToArray() is [FlowEvent.Watching], Hangs, "it watches", Ct);
        await ofctl.BundleAsync("mesh", ["add cookie=0x5,priority=1,arp,actions=normal"], Ct);
        await Eventually.True(() => events.ToArray() is [_, FlowEvent.Changed { Text: "event=ADDED table=0 cookie=0x5 arp actions=NORMAL" }], Hangs, "the new flow is reported", Ct);
        await ovs.RunAsync("ovs-ofctl", "-O", "OpenFlow14", "del-flows", "mesh");
        await Eventually.True(() => events.Count == 3, Hangs, "the deletion is reported", Ct);
        await ovs.KillVswitchdAsync();
        await watch.WaitAsync(Hangs, Ct);
    }

    [Fact]
    public async Task A_trace_shows_each_flow_it_met_and_where_the_packet_leaves()
    {
        await ofctl.BundleAsync("mesh",
        [
            "add cookie=0x9,priority=100,in_port=100,ip,actions=resubmit(,2),output:2",
            "add table=2,tcp,tp_dst=80,actions=mod_dl_dst:02:00:00:00:00:01,LOCAL",
            "add table=2,priority=1,actions=drop",
            "add priority=2,in_port=2,arp,actions=goto_table:9",
            "add priority=3,in_port=LOCAL,udp,ct_state=-trk,actions=ct(table=3,zone=1)",
            "add priority=1,in_port=LOCAL,arp,actions=normal",
            "add table=3,udp,actions=output:100",
        ], Ct);
        var web = await ofctl.TraceAsync("mesh", "in_port=veth100,tcp,nw_dst=10.1.0.1,tp_dst=80", Ct);
        Assert.Equal(["LOCAL", "p-nm-server"], web.Outputs.Order());
        var steps = web.Passes[0].Steps;
        Assert.Equal((0, 0, "ip,in_port=veth100", 100, 9UL), (steps[0].Table, steps[0].Depth, steps[0].Match, steps[0].Priority!.Value, steps[0].Cookie));
        Assert.Equal(["resubmit(,2)", "output:p-nm-server"], steps[0].Actions);
        Assert.Equal((2, 1, "tcp,tp_dst=80", 32768), (steps[1].Table, steps[1].Depth, steps[1].Match, steps[1].Priority!.Value));
        Assert.Equal(["set_field:02:00:00:00:00:01->eth_dst", "LOCAL"], steps[1].Actions);
        Assert.Contains("dl_dst=02:00:00:00:00:01", web.Passes[0].FinalFlow);
        Assert.Contains("tp_dst=80", web.Passes[0].Megaflow);

        var lost = await ofctl.TraceAsync("mesh", "in_port=2,arp", Ct);
        Assert.True(lost.Dropped);
        Assert.Equal((9, null, 0), (lost.Passes[0].Steps[1].Table, lost.Passes[0].Steps[1].Match, lost.Passes[0].Steps[1].Depth));

        var tracked = await ofctl.TraceAsync("mesh", "in_port=LOCAL,udp", Ct);
        Assert.Equal(["veth100"], tracked.Outputs);
        Assert.Equal(2, tracked.Passes.Count);
        Assert.Equal(3, Assert.Single(tracked.Passes[1].Steps).Table);

        var dns = await ofctl.TraceAsync("mesh", "in_port=LOCAL,udp,nw_dst=10.1.0.200,tp_src=5353,tp_dst=53", Ct);
        Assert.Contains("tp_src=5353,tp_dst=53", dns.Passes[0].Flow);

        var flooded = await ofctl.TraceAsync("mesh", "in_port=LOCAL,arp", Ct);
        Assert.Contains("no learned MAC for destination, flooding", flooded.Passes[0].Steps[0].Notes);
        Assert.Equal(["p-nm-server", "veth100"], flooded.Outputs.Order());

        var refused = await Assert.ThrowsAsync<MeshException>(() => ofctl.TraceAsync("mesh", "in_port=foo,tcp", Ct));
        Assert.Equal(ErrorKind.InvalidArgument, refused.Error.Kind);
        Assert.Contains("unknown port", refused.Message);
        Assert.Equal(ErrorKind.NotFound, (await Assert.ThrowsAsync<MeshException>(() => ofctl.TraceAsync("mash", "tcp", Ct))).Error.Kind);
    }
}
