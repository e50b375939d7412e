using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Flows;
using MeshMcp.Contracts.State;
using Xunit;

namespace MeshMcp.UnitTests.Flows;

public sealed class FlowTextTests
{
    [Theory]
    [InlineData("priority=100,tcp,tp_dst=9573,actions=output:veth200", "priority=100,tcp,tp_dst=9573,actions=output:veth200")]
    [InlineData("priority=10,actions=normal", "priority=10,actions=NORMAL")]
    [InlineData("actions=drop", "priority=32768,actions=drop")]
    [InlineData(" table=3, priority=0 actions=DROP", "table=3,priority=0,actions=drop")]
    [InlineData("priority=5,in_port=\"p-nm-server\" actions=veth202,output:\"p-warp0\",3", "priority=5,in_port=p-nm-server,actions=output:veth202,output:p-warp0,output:3")]
    [InlineData("priority=5,in_port=65534,actions=output:LOCAL,in_port,all,flood", "priority=5,in_port=LOCAL,actions=LOCAL,IN_PORT,ALL,FLOOD")]
    [InlineData("priority=5,dl_type=0x0800,nw_proto=6,tcp_dst=80,actions=drop", "priority=5,tcp,tp_dst=80,actions=drop")]
    [InlineData("priority=5,ip,tcp,actions=drop", "priority=5,tcp,actions=drop")]
    [InlineData("priority=5,nw_dst=10.1.0.7/24,ip,nw_src=10.0.0.1/32,actions=drop", "priority=5,ip,nw_src=10.0.0.1,nw_dst=10.1.0.0/24,actions=drop")]
    [InlineData("priority=5,ip,nw_dst=10.1.0.0/255.255.255.0,nw_src=1.2.3.4/0,actions=drop", "priority=5,ip,nw_dst=10.1.0.0/24,actions=drop")]
    [InlineData("priority=5,ip,nw_dst=10.1.0.5/255.255.0.255,actions=drop", "priority=5,ip,nw_dst=10.1.0.5/255.255.0.255,actions=drop")]
    [InlineData("priority=5,ip6,ipv6_dst=FD00:0::1/16,actions=drop", "priority=5,ipv6,ipv6_dst=fd00::/16,actions=drop")]
    [InlineData("priority=5,dl_dst=2:0:0:0:0:AA,dl_src=01:00:00:00:00:00/01:00:00:00:00:00,actions=drop", "priority=5,dl_src=01:00:00:00:00:00/01:00:00:00:00:00,dl_dst=02:00:00:00:00:aa,actions=drop")]
    [InlineData("priority=5,tcp,tp_dst=0x405/0xfc00,tcp_flags=0x2/0x12,actions=drop", "priority=5,tcp,tp_dst=0x400/0xfc00,tcp_flags=+syn-ack,actions=drop")]
    [InlineData("priority=5,tcp,tcp_flags=ack|syn,actions=drop", "priority=5,tcp,tcp_flags=syn|ack,actions=drop")]
    [InlineData("priority=5,ip,ct_state=+trk+new-inv,ct_mark=7,reg3=0x10/0xf0,actions=drop", "priority=5,ip,ct_state=+new-inv+trk,ct_mark=0x7,reg3=0x10/0xf0,actions=drop")]
    [InlineData("priority=5,ip,actions=mod_dl_dst:02:00:00:00:00:01,p-warp0", "priority=5,ip,actions=mod_dl_dst:02:00:00:00:00:01,output:p-warp0")]
    [InlineData("priority=5,ip,actions=resubmit(,2),resubmit(veth1,3),resubmit:4,resubmit(in_port,5)", "priority=5,ip,actions=resubmit(,2),resubmit(veth1,3),resubmit:4,resubmit(,5)")]
    [InlineData("priority=5,ip,actions=ct(commit,zone=5,nat(src=10.0.0.1-10.0.0.9:1000-2000),exec(set_field:0x7->ct_mark)),normal,goto_table:4", "priority=5,ip,actions=ct(commit,zone=5,nat(src=10.0.0.1-10.0.0.9:1000-2000),exec(set_field:0x7->ct_mark)),NORMAL,goto_table:4")]
    [InlineData("priority=5,tcp,actions=set_field:80->tcp_dst,set_field:02:00:00:00:00:01->dl_dst,dec_ttl,load:0x5->NXM_NX_REG0[0..3],move:reg0[]->reg1[]", "priority=5,tcp,actions=set_field:80->tcp_dst,set_field:02:00:00:00:00:01->eth_dst,dec_ttl,load:0x5->NXM_NX_REG0[0..3],move:reg0[]->reg1[]")]
    public void A_flow_is_read_into_its_normal_form(string text, string normal)
    {
        var flow = FlowText.Parse(text);
        Assert.Equal(normal, flow.ToString());
        Assert.Equal(normal, FlowText.Parse(normal).ToString());
    }

    [Theory]
    [InlineData("priority=100,tp_dst=80,actions=normal", 13, "needs tcp, udp or sctp")]
    [InlineData("priority=100,ip,tcp_dst=80,actions=normal", 16, "needs tcp or tcp6")]
    [InlineData("priority=100,nw_src=10.0.0.1,actions=normal", 13, "needs ip")]
    [InlineData("priority=100,arp,nw_src=10.0.0.1,actions=normal", 17, "arp_spa")]
    [InlineData("priority=100,ip,nw_dst=10.0.0.256,actions=normal", 23, "not an IPv4 address")]
    [InlineData("priority=100,ip,nw_dst=10.0.0.0/33,actions=normal", 23, "prefix length")]
    [InlineData("priority=100,dl_src=02:00:00:00:00,actions=normal", 20, "not a MAC address")]
    [InlineData("priority=100,dl_src=02:00:00:00:00:01/xx,actions=normal", 20, "mask for a MAC")]
    [InlineData("priority=100,tcp,tp_dst=,actions=normal", 23, "has no value")]
    [InlineData("priority=100,tcp,tp_dst=70000,actions=normal", 24, "out of range (0-65535)")]
    [InlineData("priority=70000,actions=normal", 9, "out of range (0-65535)")]
    [InlineData("table=254,actions=normal", 6, "out of range (0-253)")]
    [InlineData("tcp,tp_dst=80,tp_dst=81,actions=normal", 14, "given twice")]
    [InlineData("priority=1,priority=2,actions=normal", 11, "given twice")]
    [InlineData("tcp,udp,actions=normal", 4, "contradicts")]
    [InlineData("tcp,tp_dst=80", 13, "actions are missing")]
    [InlineData("tcp,actions=", 12, "actions are empty")]
    [InlineData("tcp,actions=drop,output:2", 12, "drop stands alone")]
    [InlineData("tcp,actions=ct(commit,normal", 14, "never closed")]
    [InlineData("tcp,actions=normal)", 18, "closes nothing")]
    [InlineData("in_port=\"veth1,actions=normal", 8, "never closed")]
    [InlineData("in_port=normal,actions=drop", 8, "not a port a packet comes from")]
    [InlineData("in_port=a_name_too_long_for_linux,actions=drop", 8, "is not a port")]
    [InlineData("in_port=65500,actions=drop", 8, "not a port number")]
    [InlineData("ip,actions=goto_table:3,normal", 24, "nothing may follow")]
    [InlineData("table=5,ip,actions=goto_table:3", 30, "after this one")]
    [InlineData("ip,actions=mod_tp_dst:80", 11, "needs tcp")]
    [InlineData("ip,actions=strip_vlan,2", 11, "dl_vlan")]
    [InlineData("ip,actions=set_field:80->tp_dst", 25, "not a field that can be set")]
    [InlineData("ip,actions=set_field:1->ct_mark", 24, "inside ct(")]
    [InlineData("ip,actions=resubmit(,)", 21, "needs a value")]
    [InlineData("cookie=0x1,ip,actions=drop", 0, "mark whose flow")]
    [InlineData("idle_timeout=5,actions=drop", 0, "do not expire")]
    [InlineData("hard_timeout=5,actions=drop", 0, "do not expire")]
    [InlineData("send_flow_rem,actions=drop", 0, "flow_mod")]
    [InlineData("ip,actions=learn(table=1)", 11, "not in the state")]
    [InlineData("ip,actions=controller:128", 11, "no controller")]
    [InlineData("ip,actions=output:controller", 18, "no controller")]
    public void A_fault_is_said_with_its_position(string text, int position, string words)
    {
        var problem = Assert.Single(Problems(text), p => p.Position == position && p.Message.Contains(words));
        Assert.Equal("flows[3]", problem.Path);
    }

    [Theory]
    [InlineData("priorty=5,actions=drop", "priority")]
    [InlineData("tcp,tp_dts=80,actions=drop", "tp_dst")]
    [InlineData("icpm,actions=drop", "icmp")]
    [InlineData("ip,actions=mod_dl_dest:02:00:00:00:00:01", "mod_dl_dst")]
    [InlineData("ip,actions=set_field:1->reg0x", "reg0")]
    [InlineData("ip,actions=ct(comit)", "commit")]
    public void A_mistyped_name_gets_the_nearest_ones(string text, string nearest) =>
        Assert.Contains(nearest, Problems(text).SelectMany(p => p.Nearest ?? []));

    [Fact]
    public void All_faults_are_reported_at_once()
    {
        var refused = Assert.Throws<MeshException>(() => FlowText.Parse("priorty=1,tp_dst=80,nw_src=1.2.3,actions=foo bar:1,learn()", "flow"));
        Assert.Equal(ErrorKind.InvalidArgument, refused.Error.Kind);
        Assert.Equal([0, 27, 10, 45, 51], refused.Error.Problems!.Select(p => p.Position!.Value));
        Assert.Contains("(and 4 more)", refused.Message);
    }

    [Fact]
    public void Names_compile_to_numbers_and_unknown_ones_get_the_nearest()
    {
        var adapters = new Dictionary<string, BridgeAdapter> { ["warp0"] = new() { Tunnel = "warp0", Number = 2 } };
        var ports = new Dictionary<string, int> { ["warp0"] = 60002, ["veth200"] = 200, ["veth201"] = 201, ["normal"] = 7, ["mesh"] = 65534 };
        var flow = FlowText.Parse("priority=5,in_port=veth200,actions=resubmit(veth201,2),output:veth201,normal,9,mesh");
        Assert.Equal(["veth200", "veth201", "mesh"], flow.PortNames);
        List<Problem> problems = [];
        Assert.Equal("priority=5,in_port=200,actions=resubmit(201,2),output:201,NORMAL,output:9,LOCAL", flow.Compile(ports, adapters, "f", problems)!.ToString());
        Assert.Equal("priority=5,in_port=60002,actions=mod_dl_dst:02:00:00:00:00:02,output:60002", FlowText.Parse("priority=5,in_port=warp0,actions=output:warp0").Compile(ports, adapters, "f", problems)!.ToString());
        Assert.Empty(problems);

        Assert.Null(FlowText.Parse("in_port=vet200,actions=veth20,norml").Compile(ports, adapters, "f", problems));
        Assert.Equal(["\"vet200\"", "\"veth20\"", "\"norml\""], problems.Select(p => p.Message.Split(' ')[0]));
        Assert.Contains("veth200", problems[0].Nearest!);
        Assert.Contains("NORMAL", problems[2].Nearest!);
    }

    [Fact]
    public void A_flow_is_named_by_what_is_given_of_it()
    {
        var wide = FlowText.Parse("priority=100,tcp,actions=drop");
        var narrow = FlowText.Parse("priority=100,tcp,tp_dst=80,actions=normal");
        var pattern = FlowText.ParsePattern("tcp");
        Assert.True(pattern.Selects(wide) && pattern.Selects(narrow));
        Assert.True(pattern.Names(wide) && !pattern.Names(narrow));
        Assert.True(FlowText.ParsePattern("tcp,tp_dst=80,actions=normal").Names(narrow));
        Assert.False(FlowText.ParsePattern("priority=90,tcp").Selects(wide));
        Assert.False(FlowText.ParsePattern("tcp,actions=normal").Selects(wide));
    }

    static List<Problem> Problems(string text)
    {
        List<Problem> problems = [];
        Assert.Null(FlowText.Read(text, "flows[3]", problems));
        return problems;
    }
}
