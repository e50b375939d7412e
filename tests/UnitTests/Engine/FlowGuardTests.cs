using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Engine;
using MeshMcp.HostBridge.Network;
using MeshMcp.HostBridge.OpenVSwitch;
using Xunit;

namespace MeshMcp.UnitTests.Engine;

/// <summary>Which flows lie on the way of management packets. One that drops is laid on top of a table that lets everything through.</summary>
public sealed class FlowGuardTests
{
    static readonly CanonicalFlow Open = new(new(0, 0, ""), "NORMAL");
    static readonly NodeState Serving = new()
    {
        Bridge = new() { Address = "10.1.0.1/24" },
        Netmaker = new() { Mode = NetmakerMode.Server, Network = "n", Interface = "nm-server" },
        Lxc = new() { Containers = [Container("200", 9573), Container("201", 9574), Container("202", 443)] },
    };
    static readonly NodeState Far = Serving with { Lxc = new() { Containers = [Container("202", 443)] } };

    [Theory]
    // By the port that packets come from.
    [InlineData("in_port=LOCAL", "cut")]
    [InlineData("in_port=200", "cut")]
    [InlineData("in_port=201", "cut")]
    [InlineData("in_port=202", "")]
    [InlineData("in_port=60001", "cut")]
    [InlineData("in_port=60003", "")]
    [InlineData("in_port=300", "")]
    // By protocol.
    [InlineData("", "cut")]
    [InlineData("ip", "cut")]
    [InlineData("tcp", "cut")]
    [InlineData("arp", "cut")]
    [InlineData("udp", "")]
    [InlineData("icmp", "")]
    [InlineData("ipv6", "")]
    [InlineData("tcp6,tp_dst=9573", "")]
    [InlineData("udp,tp_dst=9573", "")]
    [InlineData("dl_type=0x88cc", "")]
    [InlineData("sctp,tp_dst=9573", "")]
    [InlineData("ip,nw_proto=47", "")]
    // By the services' ports.
    [InlineData("tcp,tp_dst=9573", "cut")]
    [InlineData("tcp,tp_src=9573", "cut")]
    [InlineData("tcp,tp_dst=9574", "cut")]
    [InlineData("tcp,tp_dst=9575", "cut")]
    [InlineData("tcp,tp_src=9575", "cut")]
    [InlineData("tcp,in_port=200,tp_dst=9575", "cut")]
    [InlineData("tcp,tp_dst=0x2400/0xfc00", "cut")]
    [InlineData("tcp,tp_dst=443", "")]
    [InlineData("tcp,tp_dst=22", "")]
    [InlineData("tcp,tp_dst=40000", "")]
    [InlineData("tcp,tp_src=40000", "")]
    [InlineData("tcp,tp_src=9573,tp_dst=40000", "touched")]
    [InlineData("tcp,tp_src=40000,tp_dst=9573", "touched")]
    [InlineData("tcp,tp_src=443,tp_dst=9573", "")]
    [InlineData("tcp,in_port=202,tp_dst=9573", "")]
    // By address.
    [InlineData("ip,nw_dst=10.1.0.200", "cut")]
    [InlineData("ip,nw_src=10.1.0.201", "cut")]
    [InlineData("ip,nw_dst=10.1.0.202", "")]
    [InlineData("ip,nw_dst=10.1.0.0/24", "cut")]
    [InlineData("ip,nw_dst=10.1.0.192/27", "cut")]
    [InlineData("ip,nw_dst=10.1.0.64/27", "")]
    [InlineData("ip,nw_src=10.1.0.1,nw_dst=10.1.0.200", "cut")]
    [InlineData("ip,nw_src=198.51.100.7", "")]
    [InlineData("ip,nw_dst=198.51.100.7", "")]
    [InlineData("ip,nw_src=198.51.100.0/24", "touched")]
    [InlineData("ip,nw_src=10.101.0.9", "touched")]
    [InlineData("ip,nw_dst=10.0.0.1", "touched")]
    [InlineData("tcp,nw_src=198.51.100.0/24,tp_dst=443", "")]
    [InlineData("arp,arp_tpa=10.1.0.200", "cut")]
    [InlineData("arp,arp_tpa=10.1.0.202", "")]
    // What cannot be judged.
    [InlineData("ct_state=+new+trk,tcp", "touched")]
    [InlineData("tcp,tcp_flags=+syn", "touched")]
    [InlineData("dl_src=02:00:00:00:00:05", "touched")]
    [InlineData("no such field=1", "touched")]
    [InlineData("dl_vlan=5", "")]
    public void A_dropping_flow_on_a_serving_node_cuts_touches_or_leaves_alone(string match, string expected) => Assert.Equal(expected, Added(Serving, match));

    [Theory]
    [InlineData("in_port=60001", "touched")]
    [InlineData("in_port=LOCAL", "touched")]
    [InlineData("", "touched")]
    [InlineData("tcp,tp_dst=9575", "touched")]
    [InlineData("tcp,tp_src=9575", "touched")]
    [InlineData("ip,nw_dst=10.1.0.1", "touched")]
    [InlineData("no such field=1", "touched")]
    [InlineData("tcp,tp_dst=9573", "")]
    [InlineData("in_port=202", "")]
    [InlineData("arp", "")]
    [InlineData("udp", "")]
    [InlineData("ip,nw_dst=10.1.0.202", "")]
    public void On_a_node_that_serves_nothing_only_the_relay_counts_and_the_kernel_reaches_it_first(string match, string expected) => Assert.Equal(expected, Added(Far, match));

    [Fact]
    public void A_container_that_serves_only_9574_is_a_way_in() =>
        Assert.Equal("cut", Added(Serving with { Lxc = new() { Containers = [Container("201", 9574)] } }, "tcp,tp_dst=9574"));

    [Fact]
    public void What_lies_beneath_a_flow_that_takes_all_of_them_is_met_by_nobody()
    {
        CanonicalFlow[] above = [Open, new(new(0, 100, ""), "NORMAL")], beneath = [.. above, new(new(0, 50, "tcp,tp_dst=9573"), "drop")];

        Assert.Equal("", Told(Serving, new(above, beneath, [beneath[^1]])));
        Assert.Equal("cut", Told(Serving, new(above, [.. above, new(new(0, 101, "tcp,tp_dst=9573"), "drop")], [new(new(0, 101, "tcp,tp_dst=9573"), "drop")])));
    }

    [Fact]
    public void Where_nothing_came_through_there_is_nothing_to_lose()
    {
        CanonicalFlow drop = new(new(0, 5, "tcp"), "drop"), way = new(new(0, 10, "tcp,tp_dst=9573"), "output:200");

        Assert.Equal("", Told(Serving, new([drop], [drop, way], [way])));
    }

    [Theory]
    [InlineData("output:200", "touched")]
    [InlineData("output:202", "cut")]
    [InlineData("NORMAL", "touched")]
    [InlineData("LOCAL", "cut")]
    [InlineData("resubmit(,3)", "touched")]
    [InlineData("output:202,output:200", "touched")]
    [InlineData("output:202,resubmit(,3)", "touched")]
    [InlineData("ct(table=3)", "touched")]
    [InlineData("mod_tp_dst:80,output:202", "cut")]
    public void Where_a_flow_sends_callers_decides(string actions, string expected)
    {
        CanonicalFlow flow = new(new(0, 10, "tcp,in_port=LOCAL,nw_dst=10.1.0.200,tp_dst=9573"), actions);

        Assert.Equal(expected, Told(Serving, new([Open], [Open, flow], [flow])));
    }

    [Fact]
    public void A_flow_in_a_later_table_counts_only_where_something_leads_to_it()
    {
        CanonicalFlow later = new(new(3, 10, "tcp"), "drop"), jump = new(new(0, 10, "tcp"), "goto_table:3");

        Assert.Equal("", Told(Serving, new([Open], [Open, later], [later])));
        Assert.Equal("touched", Told(Serving, new([Open, jump], [Open, jump, later], [later])));
    }

    [Fact]
    public void Later_tables_count_only_for_packets_that_come_there_and_that_the_flow_there_is_about()
    {
        CanonicalFlow syn = new(new(0, 10, "tcp,tcp_flags=+syn"), "resubmit(,3)"), udp = new(new(0, 10, "udp"), "resubmit(,3)"), other = new(new(7, 10, "tcp"), "drop"), later = new(new(3, 10, "tcp"), "drop");
        CanonicalFlow all = new(new(0, 10, "tcp,tp_dst=9573"), "resubmit(,3)"), beneath = new(new(0, 5, "tcp,tp_dst=9573"), "drop"), laterUdp = new(new(3, 10, "udp"), "drop");

        Assert.Equal("touched", Told(Serving, new([Open, syn], [Open, syn, later], [later])));
        Assert.Equal("", Told(Serving, new([Open, syn], [Open, syn, other], [other])));
        Assert.Equal("", Told(Serving, new([Open, udp], [Open, udp, later], [later])));
        CanonicalFlow jump = new(new(0, 10, "tcp,tcp_flags=+syn"), "resubmit(,4)"), unreached = new(new(5, 10, ""), "resubmit(,3)");
        Assert.Equal("", Told(Serving, new([Open, jump, unreached], [Open, jump, unreached, later], [later])));
        Assert.Equal("", Told(Serving, new([Open, all], [Open, all, beneath], [beneath])));
        Assert.Equal("", Told(Serving, new([Open, all], [Open, all, beneath, laterUdp], [beneath, laterUdp])));
    }

    [Fact]
    public void A_flow_about_another_port_counts_only_where_one_lets_packets_come_from_there()
    {
        CanonicalFlow other = new(new(0, 65535, "in_port=300"), "drop"), everything = new(new(0, 5, ""), "output:202");
        foreach (var renames in new[] { "resubmit:300", "resubmit(300,0)", "resubmit(300,)" })
            Assert.Equal("touched", Told(Serving, new([Open, new(new(0, 10, "udp"), renames)], [Open, new(new(0, 10, "udp"), renames), other], [other])));
        foreach (var stays in new[] { "resubmit(,3)", "output:5" })
            Assert.Equal("", Told(Serving, new([Open, new(new(0, 10, "udp"), stays)], [Open, new(new(0, 10, "udp"), stays), other], [other])));
        Assert.Equal("cut", Told(Serving, new([Open], [Open, everything], [everything])));
    }

    [Fact]
    public void A_flow_that_catches_none_of_them_is_not_met_whatever_else_changes()
    {
        CanonicalFlow above = new(new(0, 50, ""), "NORMAL"), udp = new(new(0, 100, "udp"), "drop"), beneath = new(new(0, 5, "tcp,tp_dst=9573"), "drop");

        Assert.Equal("", Told(Serving, new([above], [above, udp, beneath], [udp, beneath])));
    }

    [Fact]
    public void A_container_that_moves_in_the_same_change_is_looked_for_at_its_old_and_its_new_address()
    {
        var moved = Serving with { Lxc = new() { Containers = [Container("200", 9573) with { Properties = Container("200", 9573).Properties with { Ipv4Address = "10.1.0.210/24" } }, .. Serving.Lxc!.Containers.Skip(1)] } };
        CanonicalFlow drop = new(new(0, 5, "tcp"), "drop"), way = new(new(0, 10, "tcp,nw_dst=10.1.0.200,tp_dst=9573"), "output:200"), hit = new(new(0, 10, "tcp,nw_dst=10.1.0.210,tp_dst=9573"), "drop"), aside = new(new(0, 10, "in_port=300"), "drop");

        Assert.Equal("cut", Told(Serving, moved, new([Open, drop, way], [Open, drop], [way])));
        Assert.Equal("cut", Told(Serving, moved, new([Open], [Open, hit], [hit])));
        Assert.Equal("", Told(Serving, moved, new([Open, drop, way], [Open, drop, way, aside], [aside])));
    }

    [Fact]
    public void What_went_astray_before_is_cut_by_nothing()
    {
        CanonicalFlow astray = new(new(0, 10, "tcp,tp_dst=9573"), "output:300"), drop = new(new(0, 10, "tcp,tp_dst=9573"), "drop");

        Assert.Equal("touched", Told(Serving, new([Open, astray], [Open, drop], [astray, drop])));
    }

    [Fact]
    public void It_is_said_which_flow_is_met_or_that_none_is()
    {
        CanonicalFlow syn = new(new(0, 200, "tcp,tcp_flags=+syn"), "NORMAL"), ack = new(new(0, 100, "tcp,tcp_flags=+ack"), "drop"), all = new(new(0, 100, ""), "drop");

        Assert.All(Judged(Serving, Serving, new([Open, syn], [Open, syn, ack], [ack])), t => Assert.Equal($"it may meet {ack}", t.Why));
        Assert.All(Judged(Serving, Serving, new([Open, syn, ack], [Open, syn], [ack])), t => Assert.Equal($"it may meet {ack}", t.Why));
        Assert.All(Judged(Serving, Serving, new([Open], [Open, all], [all])), t => Assert.Equal($"it would end at {all}", t.Why));
        Assert.All(Judged(Serving, Serving, new([Open], [], [Open])), t => Assert.Equal("no flow would carry it any more", t.Why));
    }

    static string Added(NodeState state, string match)
    {
        CanonicalFlow flow = new(new(0, 65535, match), "drop");
        return Told(state, new([Open], [Open, flow], [flow]));
    }

    static string Told(NodeState state, Touch.Flows flows) => Told(state, state, flows);

    static string Told(NodeState before, NodeState after, Touch.Flows flows)
    {
        var touched = Judged(before, after, flows);
        return touched.Any(t => t.Cut) ? "cut" : touched.Length > 0 ? "touched" : "";
    }

    static PathTouch[] Judged(NodeState before, NodeState after, Touch.Flows flows) =>
        [.. new FlowGuard(new(before, after, HostNetwork.Unknown with { Routes = [new(254, "10.0.0.0/24", false, null, "nm-server", 0)] })).Of(flows)];

    static Container Container(string id, int port) => new() { Id = id, Veth = $"veth{id}", Properties = new() { Ipv4Address = $"10.1.0.{id}/24", Services = [new() { Name = "s", Port = port }] } };
}
