using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Flows;
using Xunit;

namespace MeshMcp.UnitTests.Flows;

public sealed class FlowTextFuzzTests
{
    static readonly string[] Pieces =
    [
        "priority=", "table=", "actions=", "in_port=", "tcp", "udp", "ip", "arp", "icmp6", "tp_dst=", "nw_src=", "nw_dst=", "dl_src=", "dl_dst=", "dl_type=", "ct_state=",
        "tcp_flags=", "vlan_tci=", "ipv6_src=", "reg0=", "metadata=", "arp_op=", "output:", "resubmit(", "ct(", "exec(", "nat(", "set_field:", "->", "load:", "move:", "goto_table:",
        "mod_dl_dst:", "note:", "drop", "normal", "LOCAL", "veth200", "10.0.0.1", "/24", "/255.0.255.0", "02:00:00:00:00:01", "fd00::1", "0x800", "80", "65535", "0", "+new", "-trk",
        "syn|ack", ",", ",", ",", " ", "=", ":", "(", ")", "\"", "/", "->reg0", "[0..3]", "\n", "\t", "\0", "é", "💥", "99999999999999999999999999", "-1", "commit", "zone=",
    ];

    [Fact]
    public void No_text_breaks_the_parser_and_what_it_prints_reads_back_the_same()
    {
        var random = new Random(7);
        var read = 0;
        for (var i = 0; i < 20_000; i++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(1, 14)).Select(_ => Pieces[random.Next(Pieces.Length)])) + (i % 2 == 0 ? ",actions=veth1" : "");
            read += Check(text) ? 1 : 0;
        }
        Assert.True(read > 100, $"only {read} of the texts were flows");
    }

    [Fact]
    public void A_flow_with_some_characters_changed_is_read_or_refused_with_positions_inside_it()
    {
        var random = new Random(11);
        const string flow = "table=1,priority=100,tcp,in_port=veth102,nw_dst=10.1.0.0/24,tp_dst=0x400/0xfc00,tcp_flags=+syn-ack,ct_state=+new+trk actions=mod_dl_dst:02:00:00:00:00:01,ct(commit,zone=5,exec(set_field:0x7->ct_mark)),output:p-nm-privacy";
        for (var i = 0; i < 10_000; i++)
        {
            var text = flow.ToCharArray();
            for (var n = random.Next(1, 4); n > 0; n--) text[random.Next(text.Length)] = (char)random.Next(1, 127);
            Check(new string(text));
        }
    }

    static bool Check(string text)
    {
        List<Problem> problems = [];
        if (FlowText.Read(text, "flow", problems) is not { } flow)
        {
            Assert.NotEmpty(problems);
            Assert.All(problems, p => Assert.InRange(p.Position!.Value, 0, text.Length));
            return false;
        }
        var printed = flow.ToString();
        Assert.DoesNotContain('\n', printed);
        var again = FlowText.Parse(printed);
        Assert.Equal(printed, again.ToString());
        Assert.Equal(flow.MatchKey, again.MatchKey);
        Assert.Equal(flow.Fields, again.Fields);
        Assert.Equal(flow.Actions, again.Actions);
        return true;
    }
}
