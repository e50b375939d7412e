using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Engine;
using MeshMcp.HostBridge.Systems.Openflow;
using Xunit;

namespace MeshMcp.UnitTests.WayIn;

/// <summary>Which flows can catch the operator's own traffic, on a node whose container 200 (10.1.0.200 at veth200) serves the MCP server.</summary>
public sealed class ManagementFlowsTests
{
    static readonly ManagementPath Path = new(["veth200"], ["10.1.0.200"]);
    static readonly BridgeTable Bridge = new("mesh", true, [], [], new Dictionary<string, int> { ["veth200"] = 200, ["veth202"] = 202 }, new Dictionary<string, BridgeAdapter>(), "10.1.0.1/24");

    [Theory]
    [InlineData("")]
    [InlineData("ip")]
    [InlineData("arp")]
    [InlineData("tcp")]
    [InlineData("dl_type=0x0800")]
    [InlineData("dl_type=0x0806")]
    [InlineData("dl_type=0x0800,nw_proto=6")]
    [InlineData("in_port=LOCAL")]
    [InlineData("in_port=local")]
    [InlineData("tcp,in_port=LOCAL,tp_dst=9573")]
    [InlineData("in_port=veth200")]
    [InlineData("in_port=200")]
    [InlineData("tcp,in_port=200,tp_src=9573")]
    [InlineData("tcp,tp_dst=9573")]
    [InlineData("tcp,tp_dst=9574")]
    [InlineData("tcp,tp_dst=9575")]
    [InlineData("tcp,tp_src=9573")]
    [InlineData("tcp,tp_src=9574")]
    [InlineData("tcp,tp_src=9575")]
    [InlineData("tcp,tp_src=32768")]
    [InlineData("tcp,tp_dst=60999")]
    [InlineData("tcp,tp_src=9573,tp_dst=40000")]
    [InlineData("tcp,tp_dst=0x2000/0xe000")]
    [InlineData("ip,nw_dst=10.1.0.200")]
    [InlineData("ip,nw_src=10.1.0.200")]
    [InlineData("ip,nw_dst=10.1.0.1")]
    [InlineData("ip,nw_src=10.1.0.1")]
    [InlineData("ip,nw_dst=10.1.0.0/24")]
    [InlineData("ip,nw_dst=10.1.0.192/26")]
    [InlineData("ip,nw_src=10.0.0.0/8")]
    [InlineData("ip,nw_dst=10.1.0.202/16")]
    [InlineData("ip,nw_src=203.0.113.7")]
    [InlineData("ip,nw_dst=100.64.0.1")]
    [InlineData("ip,nw_dst=10.1.0.202/255.255.0.255")]
    [InlineData("dl_vlan=5")]
    [InlineData("metadata=1")]
    [InlineData("this is no match")]
    [InlineData("tcp,tp_dst=")]
    public void What_may_hold_the_operators_traffic_can_catch_it(string match) => Assert.True(ManagementFlows.CanCatch(match, Path, Bridge));

    [Theory]
    [InlineData("udp")]
    [InlineData("icmp")]
    [InlineData("ipv6")]
    [InlineData("tcp6")]
    [InlineData("udp,tp_dst=9573")]
    [InlineData("dl_type=0x86dd")]
    [InlineData("dl_type=0x0800,nw_proto=17")]
    [InlineData("dl_type=0x0800,nw_proto=1")]
    [InlineData("in_port=veth202")]
    [InlineData("in_port=202")]
    [InlineData("tcp,in_port=202,tp_dst=9573")]
    [InlineData("tcp,tp_dst=443")]
    [InlineData("tcp,tp_src=22")]
    [InlineData("tcp,tp_dst=9572")]
    [InlineData("tcp,tp_dst=9576")]
    [InlineData("tcp,tp_dst=32767")]
    [InlineData("tcp,tp_src=9573,tp_dst=443")]
    [InlineData("tcp,tp_src=443,tp_dst=9573")]
    [InlineData("ip,nw_dst=10.1.0.202")]
    [InlineData("ip,nw_src=10.1.0.202")]
    [InlineData("ip,nw_src=10.1.0.202/32")]
    [InlineData("ip,nw_dst=10.1.0.128/26")]
    [InlineData("ip,nw_src=203.0.113.7,nw_dst=10.1.0.202")]
    [InlineData("ip,nw_src=10.1.0.202,nw_dst=203.0.113.7")]
    public void What_excludes_it_by_protocol_port_or_address_cannot(string match) => Assert.False(ManagementFlows.CanCatch(match, Path, Bridge));

    [Theory]
    [InlineData("")]
    [InlineData("tcp,tp_dst=9573")]
    public void On_a_node_that_serves_nothing_no_flow_can(string match) => Assert.False(ManagementFlows.CanCatch(match, ManagementPath.None, Bridge));

    [Theory]
    [InlineData("ip,nw_dst=10.1.0.202", true)]
    [InlineData("udp,nw_dst=10.1.0.202", false)]
    public void Without_an_address_of_the_bridge_no_address_excludes_anything(string match, bool can)
    {
        Assert.Equal(can, ManagementFlows.CanCatch(match, Path, Bridge with { Address = null }));
        Assert.Equal(can, ManagementFlows.CanCatch(match, Path, Bridge with { Address = "" }));
    }

    [Fact]
    public void Whoever_comes_by_two_containers_can_be_caught_at_each()
    {
        var both = new ManagementPath(["veth200", "veth201"], ["10.1.0.200", "10.1.0.201"]);
        var bridge = Bridge with { Ofports = new Dictionary<string, int> { ["veth200"] = 200, ["veth201"] = 201, ["veth202"] = 202 } };
        foreach (var match in new[] { "in_port=200", "in_port=201", "ip,nw_dst=10.1.0.200", "ip,nw_dst=10.1.0.201" }) Assert.True(ManagementFlows.CanCatch(match, both, bridge), match);
        Assert.False(ManagementFlows.CanCatch("ip,nw_dst=10.1.0.202", both, bridge));
    }
}
