using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Nodes;
using MeshMcp.IntegrationTests.Adapters;
using MeshMcp.TestKit;
using Xunit;

namespace MeshMcp.IntegrationTests.Uplink;

/// <summary>A traced packet ends where a real one does: on the bridge, by a published port, by the uplink, by a tunnel.</summary>
public sealed class TracedWayTests(TwoNodes nodes) : IClassFixture<TwoNodes>
{
    const string Web = $"tcp,nw_src={TwoNodes.UserAddress},nw_dst={TwoNodes.Public},tp_dst=8080";

    [Fact]
    public async Task A_packet_from_outside_goes_on_behind_a_published_port_and_otherwise_ends_at_the_node()
    {
        await nodes.ApplyAsync(TwoNodes.Vps, State("""{ "publish": [ { "port": 8080, "container": "201", "address": "10.1.0.201", "container_port": 80 }, { "port": 8081, "container": "201", "address": "10.1.0.201", "sources": [ "198.51.100.77/32" ] } ] }"""));
        using var web = TwoNodes.Answer(nodes.Container(201), TwoNodes.AddressOf(201), 80);
        Assert.Equal(TwoNodes.UserAddress, await TwoNodes.AskAsync(nodes.Place("user"), TwoNodes.Public, 8080));

        var served = await TraceAsync(Web);

        Assert.Equal("output veth201", served.Verdict);
        Assert.Contains("tcp/8080 is published: translated to 10.1.0.201:80 (container 201)", served.Way);
        Assert.Contains("mesh: in by LOCAL, out by veth201", served.Way);
        Assert.Contains(served.Assumed, a => a.StartsWith("in_port=", StringComparison.Ordinal));
        Assert.Contains(served.Steps, s => s.Flow?.Contains("nw_dst=10.1.0.201", StringComparison.Ordinal) == true);
        Assert.Equal("output veth201", (await TraceAsync($"in_port={await UplinkAsync()},tcp,tp_dst=8080")).Verdict);
        Assert.Equal("output veth201", (await TraceAsync("in_port=veth202,tcp,nw_src=10.1.0.202,nw_dst=203.0.113.10,tp_dst=8080")).Verdict);

        var closed = await TraceAsync(Web.Replace("8080", "8081", StringComparison.Ordinal));
        Assert.Contains($"tcp/8081 is published for 198.51.100.77/32, not for {TwoNodes.UserAddress}", closed.Way);
        Assert.Equal($"reaches the node itself at {TwoNodes.Public}, where nobody listens on tcp/8081", closed.Verdict);
        Assert.Null(await TwoNodes.AskAsync(nodes.Place("user"), TwoNodes.Public, 8081));
        using var own = TwoNodes.Answer(nodes.Place(TwoNodes.Vps), "0.0.0.0", 8099);
        Assert.Contains("listens on tcp/8099", (await TraceAsync(Web.Replace("8080", "8099", StringComparison.Ordinal))).Verdict);
    }

    [Fact]
    public async Task A_containers_packet_is_followed_out_of_the_node_as_the_real_one_goes()
    {
        await nodes.ApplyAsync(TwoNodes.Vps, State("""{ "masquerade": [ "10.1.0.202" ] }"""));
        using var web = TwoNodes.Answer(nodes.Place("user"), TwoNodes.UserAddress, 80);
        Assert.Equal(TwoNodes.Public, await TwoNodes.AskAsync(nodes.Container(202), TwoNodes.UserAddress, 80));
        Assert.Null(await TwoNodes.AskAsync(nodes.Container(201), TwoNodes.UserAddress, 80));
        var uplink = await UplinkAsync();

        var allowed = await TraceAsync($"in_port=veth202,tcp,nw_src=10.1.0.202,nw_dst={TwoNodes.UserAddress},tp_dst=80");
        var refused = await TraceAsync($"in_port=veth201,tcp,nw_src=10.1.0.201,nw_dst={TwoNodes.UserAddress},tp_dst=80");

        Assert.Matches($"^leaves by {uplink}( to [0-9.]+)?, masqueraded with the address of {uplink}$", allowed.Verdict);
        Assert.Equal($"dropped: only 10.1.0.202 may leave by the uplink {uplink} (uplink.masquerade), 10.1.0.201 may not", refused.Verdict);
        Assert.Contains("dl_dst=02:00:0a:01:00:01 (the bridge's, which is the gateway)", allowed.Assumed);
        Assert.Equal("reaches the node itself at 10.1.0.1", (await TraceAsync("in_port=veth201,icmp,nw_src=10.1.0.201,nw_dst=10.1.0.1")).Verdict);
        // To the bridge's own address by NORMAL: nothing is flooded to the others.
        Assert.Equal("mesh: in by veth201, out by LOCAL", (await TraceAsync("in_port=veth201,icmp,nw_src=10.1.0.201,nw_dst=10.1.0.1")).Way[0]);
    }

    [Fact]
    public async Task A_tunnel_that_is_down_loses_the_packet()
    {
        await nodes.MeshAsync();
        await nodes.ApplyAsync(TwoNodes.Vps, State("{}", """, "adapters": [ { "tunnel": "nm-server", "number": 1 } ]"""));
        const string Packet = "in_port=veth201,icmp,nw_src=10.1.0.201,nw_dst=10.0.0.100";
        await Eventually.True(async () => (await TraceAsync(Packet)).Verdict == "leaves by the tunnel nm-server, with its own address 10.1.0.201", TwoNodes.Healed, "the tunnel carries it");
        await nodes.RunAsync(TwoNodes.Vps, "ip", "route", "replace", "10.0.0.0/24", "dev", "nm-server");
        var back = await TraceAsync("icmp,nw_src=10.0.0.100,nw_dst=10.1.0.201");
        Assert.Equal(("output veth201", "reaches the node by nm-server"), (back.Verdict, back.Way[0]));

        await nodes.RunAsync(TwoNodes.Vps, "ip", "link", "set", "nm-server", "down");

        var lost = await TraceAsync(Packet);
        Assert.Equal("lost: the tunnel nm-server is down; nothing that is meant for it leaves by another way", lost.Verdict);
        Assert.Contains("mesh: in by veth201, out by nm-server", lost.Way);
    }

    [Fact]
    public async Task A_port_that_is_not_there_is_told_as_the_reason()
    {
        await nodes.ApplyAsync(TwoNodes.Vps, State("{}").Replace("{ \"name\": \"veth202\" }", "{ \"name\": \"veth202\" }, { \"name\": \"veth209\" }", StringComparison.Ordinal)
            .Replace("\"priority=120", "\"priority=140,ip,nw_dst=10.1.0.209,actions=output:veth209\", \"priority=120", StringComparison.Ordinal));

        Assert.Equal("dropped: the port that it is sent to is not there", (await TraceAsync("in_port=veth201,icmp,nw_src=10.1.0.201,nw_dst=10.1.0.209")).Verdict);
    }

    [Fact]
    public async Task What_is_not_known_is_asked_for()
    {
        await nodes.ApplyAsync(TwoNodes.Vps, State("{}"));

        var error = (await Assert.ThrowsAsync<MeshException>(() => TraceAsync("tcp,nw_src=10.1.0.201,nw_dst=10.1.0.202"))).Error;

        Assert.Equal(ErrorKind.InvalidArgument, error.Kind);
        Assert.Contains("No container of this node has 10.1.0.201", error.Message);
        Assert.Contains("veth202", error.Hint);
        Assert.Contains("no dl_dst: nobody that the state knows has 10.1.0.77", string.Join('\n', (await TraceAsync("in_port=veth201,icmp,nw_src=10.1.0.201,nw_dst=10.1.0.77")).Assumed));
    }

    static string State(string uplink, string adapters = "") => $$"""
        { "bridge": { "name": "mesh", "address": "10.1.0.1/24", "ports": [ { "name": "veth200" }, { "name": "veth201" }, { "name": "veth202" } ]{{adapters}} },
          "uplink": {{uplink}},
          "openflow": { "bridges": { "mesh": { "flows": [
            "priority=200,arp,actions=normal", "priority=130,ip,nw_dst=10.1.0.201,actions=output:veth201", "priority=120,ip,nw_dst=10.1.0.0/24,actions=normal",
            {{(adapters.Length == 0 ? "" : "\"priority=110,ip,nw_dst=10.0.0.0/24,actions=output:nm-server\",")}}
            "priority=100,ip,actions=LOCAL", "priority=0,actions=drop" ] } } } }
        """;

    async Task<PacketTrace> TraceAsync(string packet)
    {
        using var client = nodes.Client(TwoNodes.Vps);
        return await client.TraceAsync(new(packet), TestContext.Current.CancellationToken);
    }

    async Task<string> UplinkAsync()
    {
        using var client = nodes.Client(TwoNodes.Vps);
        return (await client.UplinkAsync(TestContext.Current.CancellationToken)).Interface!;
    }
}
