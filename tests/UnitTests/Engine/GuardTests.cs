using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Engine;
using Xunit;

namespace MeshMcp.UnitTests.Engine;

/// <summary>What would cut a node off is held or refused, and what would not is not: on the node that serves callers and on the one behind NAT.</summary>
public sealed class GuardTests
{
    static readonly string[] Names = ["vps", "oo1424oo"];
    static readonly Dictionary<string, GuardedNode> Nodes = Names.ToDictionary(n => n, n => new GuardedNode(n));

    public static TheoryData<string, string> Attacks => Rows(GuardCases.Attacks);

    public static TheoryData<string, string> Nuisances => Rows(GuardCases.Nuisances);

    [Theory]
    [MemberData(nameof(Attacks))]
    public async Task What_would_cut_the_node_off_is_held_or_refused(string node, string attack)
    {
        var (expected, desired) = GuardCases.Attacks(Nodes[node])[attack];

        var run = await Nodes[node].PlanAsync(desired);

        var faults = GuardedNode.Faults(desired, run);
        var told = faults.Count > 0 ? Held.Invalid : Guard.RefusalOf(run.Plan.Steps) is not null ? Held.Refused : run.Plan.Steps.Any(s => s.TouchesManagement) ? Held.Confirmed : Held.Not;
        Assert.True(told == expected, $"{told} instead of {expected}: {string.Join("; ", run.Plan.Steps.SelectMany(s => s.Paths ?? []))} {string.Join("; ", faults)}");
    }

    /// <summary>It would be done by itself later, when nobody asks the guard: when PackageKit answers, when somebody installs the unit.</summary>
    [Theory]
    [InlineData("vps")]
    [InlineData("oo1424oo")]
    public async Task What_would_cut_the_node_off_is_refused_too_while_it_cannot_be_done_yet(string name)
    {
        var waiting = new GuardedNode(name) { Waits = true };
        (string, NodeState)[] cutting = [.. GuardCases.Attacks(Nodes[name]).Where(a => a.Value.Expected == Held.Refused && (a.Value.Desired.Systemd ?? (object?)a.Value.Desired.Packagekit) is not null).Select(a => (a.Key, a.Value.Desired))];
        Assert.InRange(cutting.Length, 10, 100);

        foreach (var (attack, desired) in cutting)
        {
            var run = await waiting.PlanAsync(desired);
            Assert.True(Record.Exception(() => Guard.Refuse(run.Steps.Concat(run.Later), force: false)) is MeshException { Error.Kind: ErrorKind.Conflict }, attack);
            Assert.Contains("It would be refused", Guard.Checked(run, force: false).Plan.Findings[^1].Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(Nuisances))]
    public async Task What_cuts_nobody_off_is_not_held(string node, string nuisance)
    {
        var desired = GuardCases.Nuisances(Nodes[node])[nuisance].Desired;

        var run = await Nodes[node].PlanAsync(desired);

        Assert.NotEmpty(run.Plan.Steps);
        Assert.Empty(run.Faults);
        Assert.Empty(GuardedNode.Faults(desired, run));
        Assert.Empty(run.Plan.Steps.SelectMany(s => s.Paths ?? []));
        Assert.DoesNotContain(run.Plan.Steps, s => s.TouchesManagement);
    }

    [Theory]
    [InlineData("vps")]
    [InlineData("oo1424oo")]
    public void There_are_twenty_of_each_on_each_node(string node)
    {
        Assert.InRange(GuardCases.Attacks(Nodes[node]).Count, 20, 100);
        Assert.InRange(GuardCases.Nuisances(Nodes[node]).Count, 20, 100);
    }

    [Theory]
    [InlineData("vps")]
    [InlineData("oo1424oo")]
    public async Task A_node_that_is_as_wanted_needs_no_step(string node) => Assert.Empty((await Nodes[node].PlanAsync(Nodes[node].State)).Plan.Steps);

    [Fact]
    public async Task A_refusal_names_the_step_the_way_why_and_what_to_do_and_force_passes_it()
    {
        var run = await Nodes["vps"].PlanAsync(Nodes["vps"].WithContainers(all => all.Where(c => c.Id != "200")));

        var error = Assert.Throws<MeshException>(() => Guard.Refuse(run.Steps.Concat(run.Later), force: false)).Error;

        Assert.Equal(ErrorKind.Conflict, error.Kind);
        Assert.StartsWith("delete container 200; its files go to the trash: this would cut 9573 of container 200, since ", error.Message, StringComparison.Ordinal);
        Assert.Contains("scope admin", error.Hint, StringComparison.Ordinal);
        Guard.Refuse(run.Steps.Concat(run.Later), force: true);
        Assert.Contains(run.Steps, s => s.Shown.TouchesManagement);
        Assert.Contains("It would be refused", Guard.Checked(run, force: false).Plan.Findings[^1].Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_plan_says_what_it_reaches()
    {
        var node = Nodes["vps"];
        var blast = (await node.PlanAsync(node.WithContainers(all => all.Where(c => c.Id != "202")))).Plan.Blast!;
        Assert.Equal(["veth202", "tcp/443", "tcp/8443"], blast.Ports!);
        Assert.Equal(["202"], blast.Containers!);
        Assert.Null(blast.Paths);
        Assert.Equal(["anna"], (await node.PlanAsync(node.WithVpn(_ => null))).Plan.Blast!.VpnClients!);
        Assert.Equal("containers 200; ways in 9573 of container 200 (cut)", (await node.PlanAsync(node.WithContainers(all => all.Select(c => c.Id == "200" ? c with { Running = false } : c)))).Plan.Blast!.Describe());
    }

    [Fact]
    public async Task What_serves_in_the_place_of_another_holds_and_does_not_refuse()
    {
        var node = Nodes["vps"];
        var moved = node.WithContainers(all => [.. all.Where(c => c.Id != "200"), all.First(c => c.Id == "200") with { Id = "203", Veth = "veth203" }]);

        var run = await node.PlanAsync(moved with { Openflow = node.State.Openflow! with { Bridges = new Dictionary<string, BridgeFlows> { ["mesh"] = new() { Flows = [.. node.State.Openflow!.Bridges["mesh"].Flows.Select(f => f.Replace("veth200", "veth203", StringComparison.Ordinal))] } } } });

        Assert.Null(Guard.RefusalOf(run.Plan.Steps));
        Assert.Contains(run.Plan.Steps, s => s.TouchesManagement);
    }

    [Fact]
    public async Task Addresses_that_the_host_has_elsewhere_are_faults_with_their_paths()
    {
        var node = Nodes["vps"];
        var run = await node.PlanAsync(node.WithVpn(v => v with { Interface = "wg1", ListenPort = 51999, IpPool = "192.168.77.0/24" }));
        var fault = Assert.Single(run.Overlaps);
        Assert.Equal("wireguard.vpn_server.ip_pool", fault.Path);
        Assert.Contains("where eth1 of this node has 192.168.77.1", fault.Message, StringComparison.Ordinal);
        Assert.Equal(ErrorKind.InvalidArgument, Assert.Throws<MeshException>(() => Guard.Checked(run, force: true)).Error.Kind);
    }

    static TheoryData<string, string> Rows(Func<GuardedNode, Dictionary<string, (Held Expected, NodeState Desired)>> cases)
    {
        var rows = new TheoryData<string, string>();
        foreach (var node in Names)
            foreach (var name in cases(Nodes[node]).Keys) rows.Add(node, name);
        return rows;
    }
}
