using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Engine;
using MeshMcp.HostBridge.Network;
using Xunit;

namespace MeshMcp.UnitTests.Engine;

/// <summary>The guard's judgement of each touch, word for word: which way, whether it is cut, and why.</summary>
public sealed class GuardRulesTests
{
    const string Relay = "the relay on the bridge's address", Default = "CUT the default route by eth0: ";

    /// <summary>Serves both ports, is in a mesh by a name, and has a VPN server; its relay listens on the bridge's address alone.</summary>
    static readonly NodeState Serving = new()
    {
        Bridge = new() { Name = "mesh", Address = "10.1.0.1/24" },
        Netmaker = new() { Mode = NetmakerMode.Client, Network = "n", Interface = "nm", ListenPort = 51999 },
        Wireguard = new() { VpnServer = new() { Interface = "wg0", ListenPort = 51820, IpPool = "10.8.0.0/24" } },
        Lxc = new() { Containers = [Container("200", 9573), Container("201", 9574), Container("202", 443)] },
    };

    static readonly NodeState Far = Serving with { Lxc = new() { Containers = [Container("202", 443)] } }, Alone = Serving with { Netmaker = null }, Bare = new();

    static readonly HostNetwork Host = new(
        [new("lo", ["127.0.0.1/8"]), new("eth0", ["203.0.113.10/24"]), new("eth1", ["192.168.77.1/24"]), new("mesh", ["10.1.0.1/24"]), new("nm", ["10.101.0.1/16"]), new("wg0", ["10.8.0.1/24"])],
        [new(254, "default", false, "203.0.113.1", "eth0", 0)],
        [new("tcp", "0.0.0.0", 22, "sshd"), new("tcp", "10.1.0.1", 9575, "relay"), new("udp", "10.1.0.7", 9575, "other")]);

    static readonly HostNetwork Deaf = Host with { Listeners = [] }, Offline = Host with { Routes = [] };

    [Fact]
    public void A_device_that_becomes_a_bridge_or_a_port_carries_nothing_of_the_nodes_any_more()
    {
        Is([Default + "it becomes a bridge"], new Touch.NewBridge("eth0"));
        Is(["CUT the mesh tunnel nm: it becomes a bridge"], new Touch.NewBridge("nm"));
        Is([], new Touch.NewBridge("mesh"), new Touch.NewBridge("eth1"), new Touch.Port("eth0"), new Touch.Port("wg0", Adds: true), new Touch.Port("mesh", Adds: true), new Touch.Port("spare", Adds: true));
        Is([Default + "a device that is a port of the bridge carries the node's own packets no longer"], new Touch.Port("eth0", Adds: true));
        Is(["SSH at 192.168.77.1: a device that is a port of the bridge carries the node's own packets no longer"], new Touch.Port("eth1", Adds: true));
    }

    [Fact]
    public void The_bridge_and_its_ports_carry_what_serves()
    {
        string[] carried = ["9573 of container 200: mesh carries it", "9574 of container 201: mesh carries it"];
        Is([.. carried, $"{Relay}: it is the address of mesh"], new Touch.Bridge("mesh"));
        Is(carried, Of(Alone), new Touch.Bridge("mesh"));
        Is(["CUT 9573 of container 200: the container hangs on mesh", "CUT 9574 of container 201: the container hangs on mesh", $"{Relay}: it is the address of mesh"], new Touch.Bridge("mesh", Removed: true));
        Is([], new Touch.Bridge("another"), new Touch.Port("veth202", Removed: true));
        Is(["9573 of container 200: veth200 is the container's port"], new Touch.Port("veth200"));
        Is(["CUT 9573 of container 200: veth200 is the container's port"], Of(Serving, Far), new Touch.Port("veth200", Removed: true));
        Is(["9573 of container 200: veth200 is the container's port"], Of(Serving, Far), new Touch.Port("veth200"));
        Is(["the mesh tunnel nm: p-nm joins it to the bridge"], new Touch.Port("p-nm", Removed: true));
    }

    [Fact]
    public void Routes_tunnels_and_networks_behind_it()
    {
        Is([Default + "what comes by it would go to the bridge, and nowhere else"], new Touch.Routes("eth0"));
        Is(["the mesh tunnel nm: its routes to the bridge are taken away"], new Touch.Routes("nm", Removed: true));
        Is([], new Touch.Routes("nm"), new Touch.Routes("wg0", Removed: true), new Touch.Tunnel("wg0", true, ["anna"]), new Touch.Tunnel("nm", false, []), new Touch.Egress("10.1.0.0/24", false), new Touch.Egress("10.9.0.0/24", true));
        Is(["the mesh tunnel nm: whoever comes by it is cut off, at least for a while"], new Touch.Tunnel("nm", true, []));
        Is([Default + "it goes down"], new Touch.Tunnel("eth0", true, []));
        Is([$"{Relay}: 10.1.0.0/25 is reached through this node no longer"], new Touch.Egress("10.1.0.0/25", true));
    }

    [Fact]
    public void Of_the_bridges_address_the_relay_and_the_containers_know()
    {
        string[] gateway = ["9573 of container 200: 10.1.0.1 is its gateway", "9574 of container 201: 10.1.0.1 is its gateway"];
        Is([$"CUT {Relay}: it listens on 10.1.0.1 only", .. gateway], Address("10.1.0.9/24"));
        Is([$"{Relay}: servers reach it at 10.1.0.1", .. gateway], Of(Serving, host: Deaf), Address("10.1.0.9/24"));
        Is(gateway, Of(Alone, host: Deaf), Address("10.1.0.9/24"));
        Is([$"CUT {Relay}: it listens on 10.1.0.1 only", .. gateway], Of(Alone), Address("10.1.0.9/24"));
        Is(gateway, Address("10.1.0.1/25"));
        Is([], Address("10.1.0.1/24"), new Touch.Address("wg0", "10.8.0.1/24", "10.8.0.2/24", "p"), new Touch.Address("mesh", null, "10.1.0.9/24", "p"));
        Is([$"{Relay}: it listens on 10.1.0.1 only", .. gateway], Of(Serving, host: Host with { Listeners = [.. Host.Listeners, new("tcp", "10.101.0.1", 9575, "relay")] }), Address("10.1.0.9/24"));

        static Touch.Address Address(string after) => new("mesh", "10.1.0.1/24", after, "p");
    }

    [Fact]
    public void A_serving_container_that_ends_and_a_port_that_is_published_no_longer()
    {
        Is(["9573 of container 200: its programs end, and start anew"], new Touch.Container("200", true, true));
        Is(["CUT 9573 of container 200: nothing serves it any more"], Of(Serving, Far), new Touch.Container("200", true, true));
        Is([], new Touch.Container("202", true, true), new Touch.Container("200", true, false), new Touch.Container("200", false, true));
        Is(["CUT the mesh tunnel nm: udp/51999 would reach a container instead"], new Touch.Published("udp", 51999, true, false));
        Is(["9573 of container 200: tcp/9573 is no longer published"], new Touch.Published("tcp", 9573, false, true));
        Is(["9574 of container 201: tcp/9574 is published otherwise"], new Touch.Published("tcp", 9574, false, false));
        Is([], new Touch.Published("udp", 51999, false, true), new Touch.Published("udp", 51998, true, false), new Touch.Published("udp", 9573, false, true), new Touch.Published("tcp", 51999, true, false), new Touch.Published("tcp", 9573, true, false), new Touch.Published("tcp", 443, false, true));
    }

    [Fact]
    public void The_uplink_that_a_state_names_is_the_one_that_the_node_has()
    {
        const string Other = "eth1 has no default route; eth0 has", None = "eth9 is no device of this node; eth0 has";
        Is(["CUT 9573 of container 200: " + Other, "CUT 9574 of container 201: " + Other], new Touch.Uplink(null, "eth1"));
        Is(["CUT 9573 of container 200: " + None, "CUT 9574 of container 201: " + None], new Touch.Uplink("eth0", "eth9"));
        Is(["9573 of container 200: " + None, "9574 of container 201: " + None], new Touch.Uplink("eth1", "eth9"));
        Is(["9573 of container 200: the uplink becomes eth0", "9574 of container 201: the uplink becomes eth0"], new Touch.Uplink("eth1", "eth0"));
        Is(["the default route by eth0: " + Other], Of(Far), new Touch.Uplink(null, "eth1"));
        Is([], new Touch.Uplink(null, "eth0"), new Touch.Uplink("eth0", null));
        Is([], Of(Far), new Touch.Uplink("eth1", "eth0"));
        Is([], Of(Serving, host: Offline), new Touch.Uplink("eth0", "eth1"));
    }

    [Fact]
    public void Units_that_the_ways_stand_on_while_they_are_there()
    {
        Is(["CUT the relay: meshmcp-relay.service is part of it"], Stops("meshmcp-relay.service"));
        Is(["CUT the agent: meshmcp-hostbridge.service is part of it"], Stops("meshmcp-hostbridge.service"));
        Is(["SSH: ssh.service serves it from the next boot on"], new Touch.Unit("ssh.service", Lasting: true));
        Is(["SSH: ssh.service serves it"], new Touch.Unit("ssh.service", Starts: true));
        Is([], new Touch.Unit("ssh.service"));
        Is(["CUT the bridge: openvswitch-switch.service carries it"], Stops("openvswitch-switch.service"));
        Is(["the bridge: openvswitch-switch.service carries it"], new Touch.Unit("openvswitch-switch.service", Starts: true));
        Is([], Of(Bare), Stops("openvswitch-switch.service"), new Touch.Unit("openvswitch-switch.service", Starts: true));
        Is(["CUT the bridge: openvswitch-switch.service carries it"], Of(Bare, Serving), Stops("openvswitch-switch.service"));
        Is(["CUT the bridge: openvswitch-switch.service carries it"], Of(Serving, Bare), Stops("openvswitch-switch.service"));
        Is(["the mesh tunnel nm: systemd-resolved.service resolves the name of its server"], Stops("systemd-resolved.service"));
        Is([], Of(Serving with { Netmaker = Serving.Netmaker! with { Mode = NetmakerMode.Server } }), Stops("systemd-resolved.service"));
        Is([], Of(Serving with { Netmaker = Serving.Netmaker! with { Enabled = false } }), Stops("systemd-resolved.service"));
        Is(["the serving containers: lxc-net.service may end containers"], Stops("lxc-net.service"));
        Is([], Of(Far), Stops("lxc-net.service"));
        Is(["the node's network: networking.service sets it up anew"], new Touch.Unit("networking.service", Starts: true));
        Is(["the node's network: NetworkManager.service sets it up anew"], new Touch.Unit("NetworkManager.service", Starts: true));
        Is(["the node's network: ifup@eth1.service sets it up anew"], new Touch.Unit("ifup@eth1.service", Starts: true));
        Is(["the node's network: nftables.service replaces the rules for its packets"], Stops("nftables.service"));
        Is(["the node's network: nftables.service replaces the rules for its packets"], new Touch.Unit("nftables.service", Starts: true));
        Is([], new Touch.Unit("nftables.service", Lasting: true));
        Is(["CUT the mesh tunnel nm: wg-quick@nm.service takes nm down when it stops"], Stops("wg-quick@nm.service"));
        Is([Default + "ifup@eth0.service takes eth0 down when it stops"], Stops("ifup@eth0.service"));
        Is(["CUT the bridge: ifup@mesh.service takes mesh down when it stops"], Stops("ifup@mesh.service"));
        Is(["the node's network: ifup@eth1.service takes a device of the node up and down"], Stops("ifup@eth1.service"));
        Is([], Stops("wg-quick@wg9.service"));
        Is(["CUT the node itself: poweroff.target ends or isolates all its programs"], new Touch.Unit("poweroff.target", Starts: true));
        Is([], Stops("poweroff.target"));
        Is(["CUT the mesh tunnel nm: netclient.service keeps it up"], Stops("netclient.service"));
        Is([], Of(Alone), Stops("netclient.service"));
        Is(["the node's network: units stand on sys-subsystem-net-devices-eth1.device"], Stops("sys-subsystem-net-devices-eth1.device"));
        Is(["the node itself: much stands on polkit.service"], Stops("polkit.service"));
        Is(["the node's network: dhcpcd@eth1.service sets it up anew"], new Touch.Unit("dhcpcd@eth1.service", Starts: true));

        static Touch.Unit Stops(string name) => new(name, Stops: true);
    }

    [Fact]
    public void Packages_that_the_bridge_stands_on_while_there_is_one()
    {
        Is(["CUT the bridge: openvswitch-switch carries it"], new Touch.Package("openvswitch-switch", Removed: true));
        Is(["the bridge: openvswitch-switch is replaced while it is in use"], new Touch.Package("openvswitch-switch", Replaced: true));
        Is([], new Touch.Package("openvswitch-switch"));
        Is(["the node itself: much stands on libssl3, and may go with it"], new Touch.Package("libssl3", Removed: true));
        Is([], new Touch.Package("libssl3", Replaced: true));
        Is(["CUT the mesh tunnel nm: it needs netclient"], new Touch.Package("netclient", Removed: true));
        Is(["CUT the mesh tunnel nm: it needs wireguard-go"], new Touch.Package("wireguard-go", Removed: true));
        Is(["the mesh tunnel nm: it needs wireguard-tools"], new Touch.Package("wireguard-tools", Removed: true));
        Is([], Of(Alone), new Touch.Package("netclient", Removed: true));
        Is(["CUT the serving containers: lxc runs them"], new Touch.Package("lxc", Removed: true));
        Is([], Of(Far), new Touch.Package("lxc", Removed: true));
        Is([], Of(Bare), new Touch.Package("openvswitch-switch", Removed: true));
        Is(["CUT the bridge: openvswitch-switch carries it"], Of(Bare, Serving), new Touch.Package("openvswitch-switch", Removed: true));
        Is(["CUT the bridge: openvswitch-switch carries it"], Of(Serving, Bare), new Touch.Package("openvswitch-switch", Removed: true));
    }

    [Fact]
    public void New_addresses_that_are_the_gateways_or_lie_where_the_node_has_others()
    {
        Assert.Equal(["203.0.113.1 is the gateway of this node's default route.", "203.0.113.0/24 overlaps 203.0.113.0/24, where eth0 of this node has 203.0.113.10. Take a network that the node does not know yet."], Overlaps("203.0.113.1/24"));
        Assert.StartsWith("203.0.113.0/24 holds 203.0.113.1, the gateway of this node's default route", Overlaps("203.0.113.9/24")[0], StringComparison.Ordinal);
        Assert.Equal(["192.168.77.0/25 overlaps 192.168.77.0/24, where eth1 of this node has 192.168.77.1. Take a network that the node does not know yet."], Overlaps("192.168.77.9/25"));
        Assert.Empty(Overlaps("10.1.0.9/25"));
        Assert.Empty(Overlaps("10.8.0.1/25"));
        Assert.Empty(AddressOverlap.Of(new("mesh", "203.0.113.1/24", "203.0.113.1/24", "bridge.address"), Of(Serving)));
        Assert.Empty(Overlaps("10.80.0.1/24", Host with { Routes = [.. Host.Routes, new(254, "10.80.0.0/24", false, null, "wg0", 0)] }));
        var routed = Host with { Routes = [.. Host.Routes, new(254, "10.50.0.0/16", false, null, "eth1", 0), new(254, "10.60.0.0/16", false, null, "mesh", 0)] };
        Assert.Equal(["10.50.1.0/24 overlaps 10.50.0.0/16, which this node reaches by eth1. Take a network that the node does not know yet."], Overlaps("10.50.1.1/24", routed));
        Assert.Empty(Overlaps("10.60.1.1/24", routed));
        var own = Host with { Devices = [.. Host.Devices, new("spare", ["10.70.0.1/24"])], Routes = [new(254, "10.70.0.0/24", false, null, "spare", 0)] };
        Assert.Empty(AddressOverlap.Of(new("spare", "10.70.0.1/24", "10.70.0.2/24", "bridge.address"), Of(Serving, host: own)));

        static string[] Overlaps(string address, HostNetwork? host = null) =>
            [.. AddressOverlap.Of(new("mesh", "10.1.0.1/24", address, "bridge.address"), Of(Serving, host: host)).Select(p => p.Message)];
    }

    [Fact]
    public void Who_listens_is_asked_only_where_an_address_changes()
    {
        var address = Step("bridge", new Touch.Port("veth200"), new Touch.Address("mesh", null, "10.1.0.1/24", "p"));
        Assert.True(Guard.AsksWhoListens([Step("a", new Touch.Port("veth200")), address]));
        Assert.False(Guard.AsksWhoListens([Step("a", new Touch.Port("veth200"))]));
        Assert.False(Guard.AsksWhoListens([]));
    }

    [Fact]
    public void A_refusal_names_the_first_cut_and_counts_the_others_and_a_plan_that_reaches_nothing_says_nothing()
    {
        var one = Guard.Judge([Step("end 200", new Touch.Container("200", true, true))], [], Of(Serving, Far));
        var two = Guard.Judge([Step("end both", new Touch.Container("200", true, true), new Touch.Container("201", true, true))], [], Of(Serving, Far));

        Assert.Equal("end 200: this would cut 9573 of container 200, since nothing serves it any more.", Guard.RefusalOf(one.Steps.Select(s => s.Shown))!.Message);
        Assert.Equal("end both: this would cut 9573 of container 200, since nothing serves it any more (and 1 more: 9574 of container 201).", Guard.RefusalOf(two.Steps.Select(s => s.Shown))!.Message);
        Assert.Null(Guard.Judge([Step("nothing")], [], Of(Serving)).Blast);
        Assert.Equal("containers 200, 201; ways in 9573 of container 200 (cut), 9574 of container 201 (cut)", two.Blast!.Describe());
    }

    [Fact]
    public void What_is_refused_is_a_finding_beside_the_others_unless_it_is_forced()
    {
        Finding known = new("warning", "x", "Known before.");
        PlanRun run = Guard.Judge([Step("end 200", new Touch.Container("200", true, true))], [], Of(Serving, Far)).Run([known], [], [], []);

        Assert.Equal([known], Guard.Checked(run, force: true).Plan.Findings);
        Assert.Equal(["Known before.", "It would be refused: end 200: this would cut 9573 of container 200, since nothing serves it any more."], Guard.Checked(run, force: false).Plan.Findings.Select(f => f.Message.Split(". Change")[0] + (f == known ? "" : ".")));
    }

    [Fact]
    public void What_is_cut_stands_first_and_only_that_is_called_so()
    {
        var judged = Guard.Judge([Step("a", new Touch.Port("veth200")), Step("b", new Touch.Container("201", true, true))], [], Of(Serving, Far with { Lxc = new() { Containers = [Container("200", 9573), Container("202", 443)] } }));

        Assert.Equal(["9574 of container 201 (cut)", "9573 of container 200"], judged.Blast!.Paths!);
    }

    [Fact]
    public void The_mesh_is_what_its_tunnel_and_its_state_reach()
    {
        var routed = Host with { Routes = [.. Host.Routes, new(254, "10.0.0.0/24", false, null, "nm", 0), new(254, "10.66.0.0/24", false, null, "eth1", 0), new(254, "10.67.0.0/24", false, null, null, 0)] };
        Assert.Equal(["10.0.0.0/24", "10.101.0.0/16", "10.101.0.0/16"], Of(Serving, host: routed).MeshNetworks.Select(n => n.ToString()));
        Assert.Empty(Of(Alone, host: routed).MeshNetworks);
        Assert.Equal(["10.1.0.1"], Of(Serving).RelayAddresses);
        Assert.Empty(Of(Serving, host: Host with { Listeners = [new("tcp", "10.1.0.1", 9573, "x"), new("udp", "10.1.0.1", 9575, "x")] }).RelayAddresses);
    }

    static ManagementPaths Of(NodeState before, NodeState? after = null, HostNetwork? host = null) => new(before, after ?? before, host ?? Host);

    static void Is(string[] expected, params Touch[] touches) => Is(expected, Of(Serving), touches);

    /// <summary>Of each of the touches alone.</summary>
    static void Is(string[] expected, ManagementPaths paths, params Touch[] touches) =>
        Assert.All(touches, touch => Assert.Equal(expected, Guard.Judge([Step("it", touch)], [], paths).Steps[0].Shown.Paths?.Select(p => $"{(p.Cut ? "CUT " : "")}{p.Path}: {p.Why}") ?? []));

    static Step Step(string summary, params Touch[] touches) => new(new("system", "target", summary), _ => Task.CompletedTask) { Touches = touches };

    static Container Container(string id, int port) => new() { Id = id, Veth = $"veth{id}", Running = true, Properties = new() { Ipv4Address = $"10.1.0.{id}/24", Services = [new() { Name = "s", Port = port }] } };
}
