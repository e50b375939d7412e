using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Engine;
using MeshMcp.HostBridge.Network;
using MeshMcp.HostBridge.Systems.Adapters;
using Xunit;

namespace MeshMcp.UnitTests.Adapters;

/// <summary>The pure part: adapters and what is there in, lines for <c>ip</c> out.</summary>
public sealed class AdapterPlanTests
{
    static readonly AdaptersSystem System = new(null!);
    static readonly BridgeAdapter Warp = new() { Tunnel = "warp0", Number = 2, Masquerade = true };
    static readonly BridgeAdapter Vpn = new() { Tunnel = "wg0", Number = 3, Clients = "10.8.0.0/24", Exit = "warp0" };
    static readonly AdapterSet Both = new("10.0.0.0/24", [Warp, Vpn]);
    static readonly IpView Empty = new([], [], [], [], "eth0");
    static readonly IpDevice Port = new("p-warp0", true, 1280, true, ["169.254.10.2/32"], []), Tunnel = new("warp0", true, 1280, false, [], []);

    [Fact]
    public void Without_any_device_rules_and_unreachable_routes_come_in_an_order_that_lets_nothing_through()
    {
        var lines = Lines(new("10.0.0.0/24", [Warp]), Empty);
        Assert.Equal(
            [
                "route replace unreachable default metric 4278198272 table 1004 proto 77", "route replace unreachable default metric 4278198272 table 1005 proto 77",
                "rule add pref 1004 iif p-warp0 lookup 1004 protocol 77", "rule add pref 1005 iif warp0 lookup 1005 protocol 77",
            ], lines);
    }

    [Fact]
    public void Clients_of_one_tunnel_leave_by_another_over_the_bridge()
    {
        IpDevice[] devices = [Port, Tunnel, new("p-wg0", false, 1500, true, [], []), new("wg0", true, 1420, false, [], [])];
        var steps = System.Plan(Both, Observed(Empty with { Devices = devices }));
        Assert.Contains("route replace 10.8.0.0/24 via 169.254.10.254 dev p-warp0 onlink table 1005 proto 77", steps[0].Shown.Details!);
        Assert.Contains("route replace default via 169.254.10.254 dev p-wg0 onlink table 1007 proto 77", steps[1].Shown.Details!);
        Assert.Contains("link set p-wg0 mtu 1420", steps[1].Shown.Details!);
        Assert.Contains("link set p-wg0 up", steps[1].Shown.Details!);
    }

    [Fact]
    public void A_tunnel_that_went_down_leaves_nothing_to_do_and_one_that_came_back_needs_its_route()
    {
        var set = new AdapterSet("10.0.0.0/24", [Warp]);
        Assert.Empty(System.Plan(set, Observed(Complete(tunnel: true))));
        Assert.Empty(System.Plan(set, Observed(Complete(tunnel: false))));
        Assert.Contains(System.Findings(set, Observed(Complete(tunnel: false))), f => f.Kind == "waiting");
        var back = Complete(tunnel: false) with { Devices = [Port, Tunnel] };
        Assert.Equal(["route replace default dev warp0 table 1004 proto 77"], Lines(set, back));
    }

    [Fact]
    public void What_is_left_of_an_adapter_that_is_no_more_is_removed_first_and_other_peoples_rules_stay()
    {
        var there = Complete(tunnel: true);
        var step = Assert.Single(System.Plan(new("10.0.0.0/24", []), Observed(there with { Rules = [.. there.Rules, new(32000, null, "99", false), new(5, null, "98", true)] })));
        Assert.True(step.Teardown);
        Assert.Equal(2, step.Shown.Details!.Count(d => d.StartsWith("rule delete", StringComparison.Ordinal)));
        Assert.Equal(4, step.Shown.Details!.Count(d => d.StartsWith("route delete", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_rule_of_somebody_else_at_our_place_and_an_Ethernet_device_are_conflicts()
    {
        var set = new AdapterSet("10.0.0.0/24", [Warp]);
        Assert.Contains("Rule 1004", Refusal(set, Empty with { Rules = [new(1004, null, "99", false)] }));
        Assert.Contains("no layer-3 tunnel", Refusal(set, Empty with { Devices = [Tunnel with { IsEthernet = true }] }));
    }

    [Fact]
    public void Routes_of_ours_that_are_wanted_no_more_are_removed_and_those_that_are_replaced_are_not()
    {
        var set = new AdapterSet("10.0.0.0/24", [Warp]);
        var there = Complete(tunnel: true);
        IpRoute gone = new(1005, "10.9.0.0/24", false, null, "p-warp0", 0), otherTable = new(1004, "10.0.0.0/24", false, null, "p-warp0", 0), otherMetric = new(1005, "10.0.0.0/24", false, null, "p-warp0", 7), foreign = new(254, "10.9.0.0/24", false, null, "eth0", 0);
        var lines = Lines(set, there with { Routes = [.. there.Routes, gone, otherTable, otherMetric, foreign] });
        Assert.Equal(new[] { gone, otherTable, otherMetric }.Select(r => $"route delete {r}"), lines);

        var changed = there with { Routes = [.. there.Routes.Where(r => r.Destination != "10.0.0.0/24"), new(1005, "10.0.0.0/24", false, null, "other", 0)] };
        Assert.Equal(["route replace 10.0.0.0/24 dev p-warp0 table 1005 proto 77"], Lines(set, changed));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_port_that_lacks_its_address_or_its_neighbour_gets_it(bool address)
    {
        var there = Complete(tunnel: true);
        var lacks = address ? there with { Devices = [Port with { Addresses = [] }, Tunnel] } : there with { Neighbours = [] };
        Assert.Equal([address ? "address replace 169.254.10.2/32 dev p-warp0 scope link" : "neighbour replace 169.254.10.254 lladdr 02:00:00:00:00:fe dev p-warp0 nud permanent"], Lines(new("10.0.0.0/24", [Warp]), lacks));
    }

    [Fact]
    public void A_port_answers_for_no_address_but_its_own_and_takes_what_comes_back_another_way()
    {
        Dictionary<string, string> wanted = new()
        {
            ["net/ipv6/conf/p-warp0/disable_ipv6"] = "1", ["net/ipv4/conf/p-warp0/arp_ignore"] = "1", ["net/ipv4/conf/p-warp0/arp_announce"] = "2",
            ["net/ipv4/conf/p-warp0/rp_filter"] = "2", ["net/ipv4/conf/warp0/rp_filter"] = "2",
        };
        Assert.Equal(wanted.Keys, AdapterPlan.SettingsOf(Warp));
        AdapterPlan Of(IReadOnlyDictionary<string, string> settings) => new(Warp, new("10.0.0.0/24", [Warp]), new(Complete(tunnel: true), settings));
        Assert.Empty(Of(wanted).Settings());
        Assert.Equal(wanted, Of(wanted.ToDictionary(s => s.Key, _ => "0")).Settings().ToDictionary());
        Assert.Empty(Of(new Dictionary<string, string>()).Settings());
    }

    [Fact]
    public void A_rule_without_a_device_is_written_without_one() => Assert.Equal("rule delete pref 7 lookup 99 protocol 77", AdapterPlan.DeleteRule(new(7, null, "99", true)));

    [Fact]
    public void Clients_of_a_tunnel_are_not_led_to_itself()
    {
        IpDevice[] devices = [new("p-wg0", true, 1420, true, [], []), new("wg0", true, 1420, false, [], [])];
        var plan = new AdapterPlan(Vpn, Both, Observed(Empty with { Devices = devices }));
        Assert.DoesNotContain(plan.Routes, r => r.Destination == "10.8.0.0/24");
    }

    static ObservedAdapters Observed(IpView view) => new(view, new Dictionary<string, string>());

    static IReadOnlyList<string> Lines(AdapterSet set, IpView view) => Assert.Single(System.Plan(set, Observed(view))).Shown.Details!;

    static string Refusal(AdapterSet set, IpView view) => Assert.Single(System.Plan(set, Observed(view))).NotNow!.Message;

    /// <summary>Everything that the adapter of warp0 needs.</summary>
    static IpView Complete(bool tunnel) => new(
        [new(1004, "p-warp0", "1004", true), new(1005, "warp0", "1005", true)],
        [
            new(1004, "default", true, null, null, 4278198272), new(1005, "default", true, null, null, 4278198272), new(1005, "10.0.0.0/24", false, null, "p-warp0", 0),
            .. tunnel ? [new IpRoute(1004, "default", false, null, "warp0", 0)] : (IpRoute[])[],
        ],
        tunnel ? [Port, Tunnel] : [Port, Tunnel with { Up = false }],
        [new("169.254.10.254", "p-warp0", "02:00:00:00:00:fe")], "eth0");
}
