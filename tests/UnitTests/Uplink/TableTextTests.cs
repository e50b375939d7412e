using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Systems.Uplink;
using Xunit;

namespace MeshMcp.UnitTests.Uplink;

/// <summary>The table word for word: it alone decides what leaves a node, and by which way.</summary>
public sealed class TableTextTests
{
    static readonly BridgeAdapter Warp = new() { Tunnel = "warp0", Number = 2, Masquerade = true };
    static readonly BridgeAdapter Vpn = new() { Tunnel = "wg0", Number = 3, Clients = "10.8.0.0/24", Exit = "warp0" };
    static readonly UplinkTable Whole = new()
    {
        Managed = true, Bridge = "mesh", Network = "10.1.0.0/24", Adapters = [Warp, Vpn], Masquerade = ["10.1.0.200", "10.1.0.202"],
        Publish = [new() { Port = 443, Container = "202", Address = "10.1.0.202", Sources = ["203.0.113.0/24"] }, new() { Port = 53, Protocol = "udp", Container = "200", Address = "10.1.0.200", ContainerPort = 5353 }],
    };

    const string Hostile = "10.1.0.9 } ; } flush ruleset ; #";

    public static TheoryData<string, object> Poisoned => new()
    {
        { "bridge", Whole with { Bridge = Hostile } },
        { "network", Whole with { Network = Hostile } },
        { "tunnel", Whole with { Adapters = [Warp with { Tunnel = Hostile }] } },
        { "masquerade", Whole with { Masquerade = ["10.1.0.200", Hostile] } },
        { "protocol", Whole with { Publish = [Whole.Publish[0] with { Protocol = Hostile }] } },
        { "address", Whole with { Publish = [Whole.Publish[0] with { Address = Hostile }] } },
        { "sources", Whole with { Publish = [Whole.Publish[0] with { Sources = [Hostile] }] } },
        { "a quote", Whole with { Bridge = "me\"sh" } },
        { "a new line", Whole with { Bridge = "mesh\n" } },
    };

    /// <summary>Whatever rules of the state were forgotten.</summary>
    [Theory]
    [MemberData(nameof(Poisoned), DisableDiscoveryEnumeration = true)]
    public void No_text_that_is_more_than_a_name_or_an_address_is_written(string where, object table)
    {
        Assert.NotEmpty(where);
        Assert.Contains("is no name and no address", Assert.Throws<MeshException>(() => TableText.Of((UplinkTable)table, "eth0", ["203.0.113.10"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Nor_where_the_uplink_or_its_address_is_called_so()
    {
        Assert.Throws<MeshException>(() => TableText.Of(Whole, Hostile, ["203.0.113.10"]));
        Assert.Throws<MeshException>(() => TableText.Of(Whole, "eth0", ["203.0.113.10", Hostile]));
    }

    [Fact]
    public void A_node_with_tunnels_clients_published_ports_and_an_uplink_that_some_may_use() => Is("""
        chain untracked {
            type filter hook prerouting priority raw; policy accept;
            iifname { "wg0", "p-wg0" } fib daddr type != local notrack
        }
        chain prohibited {
            type filter hook prerouting priority raw; policy accept;
            iifname { "wg0", "mesh" } meta nfproto ipv6 fib daddr type != { local, anycast, multicast } fib saddr . iif oif exists counter reject with icmpv6 type admin-prohibited
        }
        chain forward {
            type filter hook forward priority -10; policy accept;
            iifname "p-warp0" oifname != "warp0" counter drop comment "kill switch"
            iifname "warp0" oifname != "p-warp0" counter drop comment "kill switch"
            iifname "p-wg0" oifname != "wg0" counter drop comment "kill switch"
            iifname "wg0" oifname != "p-wg0" counter drop comment "kill switch"
            iifname "mesh" meta nfproto ipv6 counter drop comment "kill switch"
            iifname "p-warp0" oifname "warp0" ct state invalid drop
            iifname "mesh" oifname "eth0" ct state invalid drop
            iifname "mesh" oifname "eth0" ct state new ip saddr != { 10.1.0.200, 10.1.0.202 } drop
            oifname { "warp0", "p-warp0", "wg0", "p-wg0" } tcp flags syn tcp option maxseg size set rt mtu
        }
        set here {
            type ipv4_addr
            elements = { 203.0.113.10 }
        }
        chain published {
            type nat hook prerouting priority -105; policy accept;
            ip daddr @here ip saddr { 203.0.113.0/24 } tcp dport 443 counter dnat ip to 10.1.0.202:443 comment "tcp/443"
            ip daddr @here udp dport 53 counter dnat ip to 10.1.0.200:5353 comment "udp/53"
        }
        chain own {
            type nat hook output priority -105; policy accept;
            ip daddr @here tcp dport 443 counter dnat ip to 10.1.0.202:443 comment "tcp/443"
            ip daddr @here udp dport 53 counter dnat ip to 10.1.0.200:5353 comment "udp/53"
        }
        chain redirects {
            type filter hook output priority filter; policy accept;
            oifname "mesh" icmp type redirect drop
        }
        chain outbound {
            type nat hook postrouting priority 95; policy accept;
            oifname { "warp0" } masquerade
            ip saddr 10.1.0.0/24 ip daddr 10.1.0.0/24 oifname "mesh" ct status dnat masquerade
            ip saddr { 10.1.0.200, 10.1.0.202 } oifname "eth0" masquerade
        }
        """, Whole, "eth0", ["203.0.113.10"]);

    [Fact]
    public void An_uplink_that_all_may_use() => Is("""
        chain forward {
            type filter hook forward priority -10; policy accept;
            iifname "mesh" oifname "eth0" ct state invalid drop
        }
        chain outbound {
            type nat hook postrouting priority 95; policy accept;
            ip saddr 10.1.0.0/24 oifname "eth0" masquerade
        }
        """, Whole with { Masquerade = null, Adapters = [], Publish = [] }, "eth0", ["203.0.113.10"]);

    [Fact]
    public void An_uplink_that_nobody_may_use() => Is("""
        chain forward {
            type filter hook forward priority -10; policy accept;
            iifname "mesh" meta nfproto ipv6 counter drop comment "kill switch"
            iifname "mesh" oifname "eth0" ct state invalid drop
            iifname "mesh" oifname "eth0" ct state new drop
        }
        """, Whole with { Masquerade = [], Adapters = [], Publish = [] }, "eth0", ["203.0.113.10"]);

    [Fact]
    public void An_uplink_whose_device_is_not_known() => Is("""
        chain forward {
            type filter hook forward priority -10; policy accept;
            iifname "mesh" meta nfproto ipv6 counter drop comment "kill switch"
        }
        chain outbound {
            type nat hook postrouting priority 95; policy accept;
            ip saddr 10.1.0.0/24 ip daddr 10.1.0.0/24 oifname "mesh" ct status dnat masquerade
        }
        """, Whole with { Adapters = [] }, null, []);

    [Fact]
    public void Tunnels_without_an_uplink() => Is("""
        chain prohibited {
            type filter hook prerouting priority raw; policy accept;
            iifname { "mesh" } meta nfproto ipv6 fib daddr type != { local, anycast, multicast } fib saddr . iif oif exists counter reject with icmpv6 type admin-prohibited
        }
        chain forward {
            type filter hook forward priority -10; policy accept;
            iifname "p-warp0" oifname != "warp0" counter drop comment "kill switch"
            iifname "warp0" oifname != "p-warp0" counter drop comment "kill switch"
            iifname "mesh" meta nfproto ipv6 counter drop comment "kill switch"
            iifname "p-warp0" oifname "warp0" ct state invalid drop
            oifname { "warp0", "p-warp0" } tcp flags syn tcp option maxseg size set rt mtu
        }
        chain outbound {
            type nat hook postrouting priority 95; policy accept;
            oifname { "warp0" } masquerade
        }
        """, Whole with { Managed = false, Publish = [], Masquerade = null, Adapters = [Warp] }, "eth0", ["203.0.113.10"]);

    [Fact]
    public void Without_a_bridge_there_is_nothing() => Assert.Equal("", TableText.Of(new() { Managed = true }, "eth0", ["203.0.113.10"]));

    [Fact]
    public void Without_published_ports_no_set_of_addresses_and_without_addresses_nothing_published()
    {
        Assert.DoesNotContain("here", TableText.Of(Whole with { Publish = [] }, "eth0", ["203.0.113.10"]), StringComparison.Ordinal);
        Assert.DoesNotContain("dnat ip to", TableText.Of(Whole, "eth0", []), StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_bridge_published_ports_are_translated_and_nobody_is_redirected()
    {
        var text = TableText.Of(Whole with { Bridge = null, Network = null, Adapters = [] }, "eth0", ["203.0.113.10"]);
        Assert.Contains("dnat ip to 10.1.0.202:443", text, StringComparison.Ordinal);
        Assert.DoesNotContain("redirect", text, StringComparison.Ordinal);
        Assert.DoesNotContain("masquerade", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_table_follows_from_the_containers_services_where_no_uplink_is_written_down_but_what_must_reach_the_node_is_left_out()
    {
        var state = new NodeState { Bridge = new() { Name = "mesh", Address = "10.1.0.1/24" }, Lxc = new() { Containers = [Container("202", "10.1.0.202/24", 443, 22, 9575), Container("203", null, 8080)] } };
        var table = UplinkTable.Of(state)!;

        Assert.Equal((true, "mesh", "10.1.0.0/24", null), (table.Managed, table.Bridge, table.Network, table.Masquerade));
        var published = Assert.Single(table.Publish);
        Assert.Equal((443, "10.1.0.202"), (published.Port, published.Address));
        Assert.Equal(["uplink: tcp/22", "uplink: tcp/9575", "uplink: tcp/8080"], UplinkTable.LeftOut(state).Select(f => $"{f.Path}: {f.Message.Split(' ')[0]}"));
        Assert.Equal(["warning", "warning", "waiting"], UplinkTable.LeftOut(state).Select(f => f.Kind));
    }

    [Fact]
    public void An_uplink_that_is_written_down_publishes_what_it_says_and_lets_out_whom_it_says()
    {
        var state = new NodeState
        {
            Bridge = new() { Name = "mesh" }, Lxc = new() { Containers = [Container("202", "10.1.0.202/24", 22)] },
            Uplink = new() { Interface = "eth1", Masquerade = ["202", "10.1.0.7", "204"], Publish = [new() { Port = 22, Container = "202" }, new() { Port = 80, Container = "204" }, new() { Port = 81, Container = "10.1.0.7" }] },
        };
        var table = UplinkTable.Of(state)!;

        Assert.Equal(("eth1", "10.1.0.0/24"), (table.Interface, table.Network));
        Assert.Equal([(22, "10.1.0.202"), (81, "10.1.0.7")], table.Publish.Select(p => (p.Port, p.Address)));
        Assert.Equal(["10.1.0.202", "10.1.0.7"], table.Masquerade!);
        Assert.Empty(UplinkTable.LeftOut(state));
        Assert.Equal(table.Publish, table.ToSection()!.Publish);
    }

    [Fact]
    public void There_is_a_table_for_an_uplink_or_a_bridge_and_a_section_for_an_uplink_alone()
    {
        Assert.Null(UplinkTable.Of(new()));
        Assert.Null(UplinkTable.Of(new() { Bridge = new() { Name = "mesh" } })!.ToSection());
        Assert.True(UplinkTable.Of(new() { Bridge = new() { Name = "mesh" } })!.IsEmpty);
        Assert.False(UplinkTable.Of(new() { Uplink = new() })!.IsEmpty);
        Assert.False(new UplinkTable { Adapters = [Warp] }.IsEmpty);
    }

    static Container Container(string id, string? address, params int[] ports) =>
        new() { Id = id, Veth = $"veth{id}", Properties = new() { Ipv4Address = address, Services = [.. ports.Select(p => new ContainerService { Name = $"s{p}", Port = p })] } };

    static void Is(string expected, UplinkTable table, string? device, IReadOnlyList<string> addresses) =>
        Assert.Equal(expected, string.Join('\n', TableText.Of(table, device, addresses).TrimEnd().Split('\n').Select(l => l[1..].Replace("\t", "    ", StringComparison.Ordinal))));
}
