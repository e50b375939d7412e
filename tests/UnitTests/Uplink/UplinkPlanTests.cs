using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Engine;
using MeshMcp.HostBridge.Systems.Uplink;
using Xunit;

namespace MeshMcp.UnitTests.Uplink;

/// <summary>The pure part: a state and what is there in, steps out.</summary>
public sealed class UplinkPlanTests
{
    static readonly UplinkSystem System = new(null!, null!, null!, null!, null!);
    static readonly ObservedUplink Nothing = new(null, null, [], "eth0", ["203.0.113.10"], true, []);
    static readonly NodeState Vps = new()
    {
        Netmaker = new() { Mode = NetmakerMode.Client, Network = "n", Interface = "nm-server" },
        Lxc = new()
        {
            Containers =
            [
                Container("200", [new() { Name = "mcp", Port = 9573 }]), Container("202", [new() { Name = "vless", Port = 443 }, new() { Name = "ssh", Port = 22 }]),
            ],
        },
    };

    [Fact]
    public void Services_are_published_in_words_and_the_nodes_own_SSH_is_not()
    {
        var step = Assert.Single(Plan(Vps, Nothing));
        Assert.Contains("opens tcp/443 to the internet (container 202, 10.1.0.202:443)", step.Shown.Summary);
        Assert.DoesNotContain(step.Shown.Details!, d => d.Contains("dport 22 ", StringComparison.Ordinal));
        Assert.Contains(UplinkTable.LeftOut(Vps), f => f.Message.Contains("node's own SSH", StringComparison.Ordinal));
    }

    [Fact]
    public void The_kill_switch_is_there_without_an_uplink_and_nothing_else_is()
    {
        var details = Assert.Single(Plan(new() { Bridge = new() { Adapters = [new() { Tunnel = "warp0", Number = 2, Masquerade = true }] } }, Nothing)).Shown.Details!;
        Assert.Contains("+ iifname \"p-warp0\" oifname != \"warp0\" counter drop comment \"kill switch\"", details);
        Assert.Contains("+ iifname \"warp0\" oifname != \"p-warp0\" counter drop comment \"kill switch\"", details);
        Assert.Contains("+ oifname { \"warp0\" } masquerade", details);
        Assert.DoesNotContain(details, d => d.Contains("eth0", StringComparison.Ordinal) || d.Contains("dnat", StringComparison.Ordinal));
    }

    [Fact]
    public void What_stands_as_wanted_needs_no_step_and_its_section_gives_it_again()
    {
        var there = Standing(Vps);
        Assert.Empty(Plan(Vps, there));
        var snapshot = new NodeState { Bridge = BridgeLayout.Of(Vps), Uplink = System.Ours(there)!.ToSection() };
        Assert.Empty(Plan(snapshot, there));
        Assert.Empty(System.Validate(snapshot));
    }

    [Fact]
    public void Another_listing_is_put_back_and_the_table_of_a_state_without_adapters_is_removed()
    {
        Assert.Contains("put our nftables table back", Assert.Single(Plan(Vps, Standing(Vps) with { Listing = "flushed" })).Shown.Summary);
        var removal = Assert.Single(Plan(new() { Bridge = new() }, Standing(Vps)));
        Assert.True(removal.Teardown);
        Assert.Contains("closes tcp/443", removal.Shown.Summary);
    }

    [Fact]
    public void A_step_says_which_published_ports_it_opens_and_closes()
    {
        static IEnumerable<Touch> Touches(NodeState desired, ObservedUplink observed) => Assert.Single(Plan(desired, observed)).Touches;

        Assert.All(Touches(Vps, Nothing), t => Assert.True(Assert.IsType<Touch.Published>(t).Opens));
        var more = Vps with { Uplink = new() { Publish = [.. UplinkLayout.Of(Vps)!.Publish.Where(p => p.Port != 22), new() { Port = 8080, Container = "202" }] } };
        Assert.Equal([new Touch.Published("tcp", 8080, Opens: true, Closes: false)], Touches(more, Standing(Vps)));
        var closed = Vps with { Uplink = new() { Publish = [new() { Port = 443, Container = "202" }] } };
        Assert.Equal([new Touch.Published("tcp", 9573, Opens: false, Closes: true)], Touches(closed, Standing(Vps)));
        // A device that has no address, or is not there, publishes nothing.
        var elsewhere = Vps with { Uplink = new() { Interface = "eth9", Publish = closed.Uplink!.Publish } };
        Assert.Contains(new Touch.Uplink(null, "eth9"), Touches(elsewhere, Standing(Vps) with { Device = "eth9", Addresses = [] }));
    }

    [Fact]
    public void A_port_that_the_node_itself_listens_on_is_a_conflict_that_names_the_program()
    {
        var error = Plan(Vps, Nothing with { Listeners = [new("tcp", "0.0.0.0", 443, "nginx")] }).Select(s => s.NotNow).OfType<MeshError>().Single();
        Assert.Equal(ErrorKind.Conflict, error.Kind);
        Assert.Contains("nginx of this node listens on tcp/443", error.Message);
        Assert.Single(Plan(Vps, Nothing with { Listeners = [new("tcp", "127.0.0.1", 443, "nginx"), new("udp", "*", 443, "nginx")] }));
    }

    [Fact]
    public void Every_fault_is_told_with_its_path()
    {
        var state = Vps with
        {
            Uplink = new()
            {
                Interface = "nm-server",
                Masquerade = ["205"],
                Publish =
                [
                    new() { Port = 443, Container = "203" }, new() { Port = 443, Container = "202" }, new() { Port = 0, Container = "202", Protocol = "icmp" },
                    new() { Port = 22, Container = "202" }, new() { Port = 9573, Container = "202" }, new() { Port = 80, Container = "202", Sources = ["10.0.0.1/8", "2001:db8::/32", "0.0.0.0/0"] },
                ],
            },
        };
        Assert.Equal(
            [
                "uplink.publish[0].container", "uplink.publish[1].port", "uplink.publish[2].protocol", "uplink.publish[2].port", "uplink.publish[3].port", "uplink.publish[4].container",
                "uplink.publish[5].sources[0]", "uplink.publish[5].sources[1]", "uplink.publish[5].sources[2]", "uplink.masquerade[0]", "uplink.interface",
            ],
            System.Validate(state).Select(p => p.Path));
    }

    static IReadOnlyList<Step> Plan(NodeState desired, ObservedUplink observed) => System.Plan(UplinkTable.Of(desired), observed);

    /// <summary>As it is after the state was applied.</summary>
    static ObservedUplink Standing(NodeState state)
    {
        var table = UplinkTable.Of(state)!;
        return Nothing with { Record = new(table, UplinkSystem.TextOf(table, Nothing), "listing"), Listing = "listing" };
    }

    static Container Container(string id, IReadOnlyList<ContainerService> services) =>
        new() { Id = id, Veth = $"veth{id}", Properties = new() { Ipv4Address = $"10.1.0.{id}/24", Services = services } };
}
