using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Network;
using MeshMcp.HostBridge.OpenVSwitch;
using MeshMcp.HostBridge.Systems.Openflow;
using MeshMcp.HostBridge.Systems.Uplink;
using Xunit;

namespace MeshMcp.UnitTests.Traces;

/// <summary>What a packet that is only half described is completed with, and what is asked for.</summary>
public sealed class PacketOriginTests
{
    static readonly NodeState State = new()
    {
        Bridge = new() { Address = "10.1.0.1/24", Ports = [new() { Name = "veth300" }] },
        Lxc = new() { Containers = [Container("200"), Container("201"), new() { Id = "202", Veth = "veth202" }] },
        Netmaker = new() { Mode = NetmakerMode.Client, Network = "n", Interface = "nm-server" },
        Wireguard = new() { WarpTunnel = new() { Interface = "warp0" }, VpnServer = new() { Interface = "wg0", ListenPort = 51820, IpPool = "10.8.0.0/24", Exit = "warp0" } },
    };

    static readonly IReadOnlyDictionary<string, string> None = new Dictionary<string, string>();

    [Theory]
    // Who sends says where it comes in, and both MACs.
    [InlineData("tcp,nw_src=10.1.0.200,nw_dst=10.1.0.201,tp_dst=80", "in_port=veth200 dl_src=02:00:0a:01:00:c8 dl_dst=02:00:0a:01:00:c9 nw_ttl=64")]
    [InlineData("udp,nw_src=10.1.0.200,nw_dst=9.9.9.9,tp_dst=53", "in_port=veth200 dl_src=02:00:0a:01:00:c8 dl_dst=02:00:0a:01:00:01 nw_ttl=64")]
    [InlineData("icmp,nw_src=10.1.0.1,nw_dst=10.1.0.201", "in_port=LOCAL dl_src=02:00:0a:01:00:01 dl_dst=02:00:0a:01:00:c9 nw_ttl=64")]
    // The port says who sends.
    [InlineData("in_port=veth200,tcp,nw_dst=10.1.0.1", "nw_src=10.1.0.200 dl_src=02:00:0a:01:00:c8 dl_dst=02:00:0a:01:00:01 nw_ttl=64")]
    [InlineData("in_port=200,tcp", "in_port=veth200 nw_src=10.1.0.200 dl_src=02:00:0a:01:00:c8 nw_ttl=64")]
    [InlineData("in_port=LOCAL,udp,nw_dst=10.1.0.200", "nw_src=10.1.0.1 dl_src=02:00:0a:01:00:01 dl_dst=02:00:0a:01:00:c8 nw_ttl=64")]
    [InlineData("in_port=warp0,ip,nw_src=9.9.9.9,nw_dst=10.1.0.200", "in_port=p-warp0 dl_src=02:00:00:00:00:02 dl_dst=02:00:0a:01:00:c8 nw_ttl=64")]
    [InlineData("in_port=veth202,ip,nw_src=10.1.0.55,nw_dst=10.1.0.77", "dl_src=02:01:00:00:00:ca nw_ttl=64")]
    [InlineData("dl_src=02:01:00:00:00:ca,ip,nw_src=10.1.0.55,nw_dst=10.1.0.201", "in_port=veth202 dl_dst=02:00:0a:01:00:c9 nw_ttl=64")]
    // Questions go to everybody.
    [InlineData("arp,arp_spa=10.1.0.200", "in_port=veth200 dl_src=02:00:0a:01:00:c8 dl_dst=ff:ff:ff:ff:ff:ff")]
    // What is given stays.
    [InlineData("in_port=veth200,ip,nw_src=10.1.0.66,nw_dst=10.1.0.201,dl_src=02:00:00:00:00:09,dl_dst=02:00:00:00:00:08,nw_ttl=1", "")]
    [InlineData("in_port=veth300,ip,nw_src=10.1.0.66,nw_dst=10.1.0.201", "dl_dst=02:00:0a:01:00:c9 nw_ttl=64")]
    public void What_the_state_knows_is_filled_in_and_said(string given, string filled)
    {
        var origin = PacketOrigin.Of(TracedPacket.Read(given), Node(), null);

        Assert.Null(origin.Device);
        var before = TracedPacket.Read(given).Fields;
        var added = origin.Packet.Fields.Except(before).Select(f => f.ToString()).ToList();
        Assert.Equal(filled.Split(' ', StringSplitOptions.RemoveEmptyEntries).Order(), added.Order());
        // A port under its other name is the same port.
        foreach (var field in added.Where(f => !(f.StartsWith("in_port", StringComparison.Ordinal) && before.Any(b => b.Name == "in_port")))) Assert.Contains(origin.Assumed, a => a.StartsWith(field, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("tcp,nw_src=198.51.100.7,nw_dst=203.0.113.10,tp_dst=443", "eth0", "eth0")]
    [InlineData("tcp,nw_dst=203.0.113.10,tp_dst=443", null, "eth0")]
    [InlineData("in_port=eth0,tcp,tp_dst=443", null, "eth0")]
    [InlineData("tcp,nw_src=10.8.0.2,nw_dst=9.9.9.9", null, "wg0")]
    [InlineData("tcp,nw_src=10.0.0.100,nw_dst=10.1.0.200", "nm-server", "nm-server")]
    public void A_packet_from_elsewhere_begins_at_the_node_with_a_sender_and_a_receiver(string given, string? back, string device)
    {
        var origin = PacketOrigin.Of(TracedPacket.Read(given), Node(), back);

        Assert.Equal(device, origin.Device);
        Assert.NotNull(origin.Packet.From(device));
    }

    [Theory]
    [InlineData("tcp,tp_dst=80", "no sender (nw_src)")]
    [InlineData("ip,nw_dst=10.1.0.200", "no sender (nw_src)")]
    [InlineData("ip,nw_src=10.1.0.77,nw_dst=10.1.0.200", "No container of this node has 10.1.0.77")]
    [InlineData("ip,nw_src=198.51.100.7,nw_dst=10.1.0.200", "not known where a packet of 198.51.100.7 comes in")]
    public void Where_it_is_not_known_the_ports_are_named(string given, string says)
    {
        var error = Assert.Throws<MeshException>(() => PacketOrigin.Of(TracedPacket.Read(given), Node(), null)).Error;

        Assert.Contains(says, error.Message);
        Assert.Contains("LOCAL, veth200, veth201", error.Hint);
        Assert.Contains("eth0 for a packet from outside", error.Hint);
    }

    [Theory]
    [InlineData("ip,nw_src=10.1.0.0/24", "one value in nw_src")]
    [InlineData("priority=1,ip", "no table, priority or actions")]
    public void Of_many_packets_none_is_traced(string given, string says) => Assert.Contains(says, Assert.Throws<MeshException>(() => TracedPacket.Read(given)).Message);

    [Fact]
    public void An_address_that_nobody_has_is_told_as_that() =>
        Assert.Contains(PacketOrigin.Of(TracedPacket.Read("in_port=veth200,ip,nw_dst=10.1.0.77"), Node(), null).Assumed, a => a.StartsWith("no dl_dst: nobody that the state knows has 10.1.0.77", StringComparison.Ordinal));

    [Theory]
    [InlineData("198.51.100.7", "published: translated to 10.1.0.201:80 (container 201)", true)]
    [InlineData("192.0.2.9", "published for 198.51.100.0/24, not for 192.0.2.9", false)]
    public void A_published_port_is_for_its_sources(string source, string says, bool served)
    {
        var translation = Rules().Published(new("eth0", source, "203.0.113.10", "tcp", 8080))!;

        Assert.Contains(says, translation.Says);
        Assert.Equal(served, translation.To is not null);
        Assert.Null(Rules().Published(new("eth0", source, "203.0.113.10", "udp", 8080)));
        Assert.Null(Rules().Published(new("eth0", source, "203.0.113.11", "tcp", 8080)));
    }

    [Theory]
    [InlineData("mesh", "10.1.0.200", "eth0", true, true, "masqueraded with the address of eth0")]
    [InlineData("mesh", "10.1.0.201", "eth0", false, false, "only 10.1.0.200 may leave by the uplink eth0")]
    [InlineData("mesh", "10.1.0.201", "nm-server", true, false, "with its own address 10.1.0.201")]
    [InlineData("p-warp0", "10.1.0.201", "warp0", true, true, "masqueraded with the address of warp0")]
    [InlineData("p-warp0", "10.1.0.201", "eth0", false, false, "kill switch")]
    [InlineData("wg0", "10.8.0.2", "eth0", false, false, "kill switch")]
    [InlineData("wg0", "10.8.0.2", "p-wg0", true, false, "with its own address 10.8.0.2")]
    public void What_our_table_does_is_told_of_each_way(string from, string source, string device, bool passes, bool masked, string says)
    {
        var passage = Rules().Forward(new(from, source, "9.9.9.9", "tcp", 80), device);

        Assert.Equal((passes, masked), (passage.Passes, passage.Masked));
        Assert.Contains(says, passage.Says);
        // What says so is what is written.
        var text = TableText.Of(Table(), "eth0", ["203.0.113.10"]);
        Assert.Contains("ct state new ip saddr != { 10.1.0.200 } drop", text);
        Assert.Contains("iifname \"p-warp0\" oifname != \"warp0\" counter drop", text);
    }

    static UplinkTable Table() => UplinkTable.Of(State with
    {
        Uplink = new() { Interface = "eth0", Masquerade = ["200"], Publish = [new() { Port = 8080, Container = "201", ContainerPort = 80, Sources = ["198.51.100.0/24"] }] },
    })!;

    static UplinkRules Rules() => new(Table(), "eth0", ["203.0.113.10"], []);

    static TracedNode Node()
    {
        OvsPort[] ports = [Port("mesh", "internal", 65534, "02:00:0a:01:00:01"), Port("veth200", "system", 200, null), Port("veth201", "system", 201, null), Port("veth300", "system", 300, null)];
        var bridge = new OvsBridge("u", "mesh", "netdev", "secure", [], None, None, ports);
        return new(State, bridge, PortNumber.ByName(State, new(1, 1, [bridge]), "mesh"), new([], [], [], [], "eth0"), Rules());
    }

    static OvsPort Port(string name, string type, int number, string? mac) => new("u", name, None, [new("u", name, type, number, number, null, mac, null, "up", None)]);

    static Container Container(string id) => new() { Id = id, Veth = $"veth{id}", Properties = new() { Ipv4Address = $"10.1.0.{id}/24" } };
}
