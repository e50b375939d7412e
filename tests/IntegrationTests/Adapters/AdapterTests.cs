using MeshMcp.Contracts.Errors;
using MeshMcp.IntegrationTests.Wireguard;
using MeshMcp.Lab;
using MeshMcp.TestKit;
using Xunit;

namespace MeshMcp.IntegrationTests.Adapters;

/// <summary>Layer-3 tunnels on the bridge, with real packets: what others do to their devices and to our rules, and where packets go meanwhile.</summary>
public sealed class AdapterTests(TwoNodes nodes) : IClassFixture<TwoNodes>, IAsyncLifetime
{
    const string Web = "198.18.80.80", ExitAddress = "172.16.0.2";

    const string OnHome = """
        { "bridge": { "name": "mesh", "address": "10.0.0.1/24", "ports": [ { "name": "veth100" }, { "name": "veth102" } ], "adapters": [
            { "tunnel": "nm-privacy", "number": 1 }, { "tunnel": "warp0", "number": 2, "masquerade": true }, { "tunnel": "wg0", "number": 3, "clients": "10.8.0.0/24", "exit": "warp0" } ] },
          "openflow": { "bridges": { "mesh": { "flows": [
            "priority=200,arp,actions=normal", "priority=120,ip,nw_dst=10.0.0.0/24,actions=normal", "priority=115,ip,nw_dst=10.8.0.0/24,actions=output:wg0",
            "priority=110,ip,nw_dst=10.1.0.0/24,actions=output:nm-privacy", "priority=105,ip,in_port=wg0,actions=output:warp0",
            "priority=100,ip,in_port=veth102,actions=output:warp0", "priority=0,actions=drop" ] } } } }
        """;

    const string OnVps = """
        { "bridge": { "name": "mesh", "address": "10.1.0.1/24", "ports": [ { "name": "veth200" }, { "name": "veth201" }, { "name": "veth202" } ], "adapters": [ { "tunnel": "nm-server", "number": 1 } ] },
          "openflow": { "bridges": { "mesh": { "flows": [
            "priority=200,arp,actions=normal", "priority=120,ip,nw_dst=10.1.0.0/24,actions=normal", "priority=110,ip,nw_dst=10.0.0.0/24,actions=output:nm-server", "priority=0,actions=drop" ] } } } }
        """;

    readonly List<IAsyncDisposable> _made = [];

    public async ValueTask InitializeAsync()
    {
        await nodes.ApplyAsync(TwoNodes.Vps, OnVps);
        await nodes.ApplyAsync(TwoNodes.Home, OnHome);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var made in _made) await made.DisposeAsync();
    }

    [Fact]
    public async Task A_network_that_the_node_has_or_reaches_elsewhere_is_no_network_for_its_bridge()
    {
        await nodes.RunAsync(TwoNodes.Home, "ip", "link", "add", "other0", "type", "veth", "peer", "name", "other1");
        await nodes.RunAsync(TwoNodes.Home, "ip", "link", "set", "other0", "up");
        try
        {
            await nodes.RunAsync(TwoNodes.Home, "ip", "address", "add", "10.67.0.1/24", "dev", "other0");
            await nodes.RunAsync(TwoNodes.Home, "ip", "route", "add", "10.66.0.0/16", "dev", "other0");
            foreach (var (address, told) in new[] { ("10.67.0.7/24", "where other0 of this node has 10.67.0.1"), ("10.66.1.1/24", "overlaps 10.66.0.0/16, which this node reaches by other0") })
            {
                var refusal = (await Assert.ThrowsAsync<MeshException>(() => nodes.ApplyAsync(TwoNodes.Home, OnHome.Replace("10.0.0.1/24", address, StringComparison.Ordinal)))).Error;
                Assert.Equal((ErrorKind.InvalidArgument, "bridge.address"), (refusal.Kind, refusal.Target));
                Assert.Contains(told, refusal.Message);
            }
            Assert.Contains("10.0.0.1/24", await nodes.RunAsync(TwoNodes.Home, "ip", "address", "show", "mesh"));
        }
        finally
        {
            await nodes.RunAsync(TwoNodes.Home, "ip", "link", "delete", "other0");
        }
    }

    [Fact]
    public async Task Containers_of_two_nodes_reach_each_other_and_the_tunnel_made_anew_carries_them_within_five_seconds()
    {
        var (server, privacy) = await nodes.MeshAsync();
        _made.AddRange([server, privacy]);
        await Reaches(200, "10.0.0.100", TwoNodes.Hangs);
        await Reaches(102, "10.1.0.202", TwoNodes.Hangs);

        await privacy.StopAsync();
        Assert.Contains(await FindingsAsync(TwoNodes.Home), f => f.StartsWith("There is no tunnel device nm-privacy", StringComparison.Ordinal));
        Assert.Contains("unreachable default", await nodes.RunAsync(TwoNodes.Home, "ip", "route", "show", "table", "1002"));
        await privacy.StartAsync();
        await Reaches(102, "10.1.0.202", TwoNodes.Healed);

        // The kernel drops the routes of a device that goes down, without saying so.
        await nodes.RunAsync(TwoNodes.Vps, "ip", "link", "set", "nm-server", "down");
        await nodes.RunAsync(TwoNodes.Vps, "ip", "link", "set", "nm-server", "up");
        await Reaches(200, "10.0.0.100", TwoNodes.Healed);
    }

    [Fact]
    public async Task Nothing_of_a_container_leaves_by_the_uplink_when_its_tunnel_is_down_or_our_rules_are_deleted()
    {
        var warp = await WarpAsync();
        await Reaches(102, Web, TwoNodes.Hangs);
        await using var capture = await Capture.StartAsync(nodes.Lab, TwoNodes.Home, $"host {Web} or net 10.0.0.0/24");

        await nodes.RunAsync(TwoNodes.Home, "ip", "link", "set", "warp0", "down");
        await FloodAsync();
        await nodes.RunAsync(TwoNodes.Home, "ip", "link", "set", "warp0", "up");
        await Reaches(102, Web, TwoNodes.Healed);

        var before = await KilledAsync();
        var flood = FloodAsync();
        for (var i = 0; i < 5; i++)
        {
            await nodes.Lab.In(TwoNodes.Home, "ip", "rule", "delete", "pref", "1004").RunAsync();
            await Eventually.True(async () => (await nodes.RunAsync(TwoNodes.Home, "ip", "rule")).Contains("1004:", StringComparison.Ordinal), TwoNodes.Healed, "the rule is back");
        }
        await flood;
        Assert.True(await KilledAsync() > before, "packets met the kill switch");
        await Reaches(102, Web, TwoNodes.Healed);

        await warp.StopAsync();
        await FloodAsync();
        Assert.Empty(await capture.EndAsync());
    }

    [Fact]
    public async Task The_bridges_own_MAC_answers_for_the_gateway_every_time()
    {
        var mac = (await nodes.RunAsync(TwoNodes.Home, "cat", "/sys/class/net/mesh/address")).Trim();
        var container = nodes.Container(102);
        for (var i = 0; i < 20; i++)
        {
            await new Command(container, ["ip", "neighbour", "flush", "dev", "eth0"]).TextAsync();
            Assert.True(await TwoNodes.PingsAsync(container, "10.0.0.1"), $"ping {i}");
            Assert.Contains(mac, await new Command(container, ["ip", "neighbour", "show", "10.0.0.1"]).TextAsync());
        }
    }

    [Fact]
    public async Task A_VPN_client_reaches_a_container_and_leaves_by_the_exit()
    {
        await WarpAsync();
        await nodes.RunAsync("home", "nft", "add table ip vpn; add chain ip vpn pre { type nat hook prerouting priority -100; }; add rule ip vpn pre iifname wan udp dport 51820 dnat to 192.168.1.20");
        var (server, phone) = (await Pair.MakeAsync(nodes.Lab), await Pair.MakeAsync(nodes.Lab));
        _made.Add(await nodes.TunnelAsync(TwoNodes.Home, "wg0", $"[Interface]\nPrivateKey={server.Private}\nListenPort=51820\n[Peer]\nPublicKey={phone.Public}\nAllowedIPs=10.8.0.2/32\n", "10.8.0.1/24", 1420));
        await using var end = await FarEnd.StartAsync(nodes.Lab, "user", "lph", $"[Interface]\nPrivateKey={phone.Private}\n[Peer]\nPublicKey={server.Public}\nAllowedIPs=0.0.0.0/0\nEndpoint=192.0.2.20:51820\nPersistentKeepalive=5\n", "10.8.0.2/24");
        await end.RouteAsync("10.0.0.0/24");
        await end.RouteAsync($"{Web}/32");
        using var web = TwoNodes.Answer(nodes.Place("internet"), Web, 80);
        using var gateway = TwoNodes.Answer(nodes.Container(100), "10.0.0.100", 80);

        await Eventually.True(async () => await TwoNodes.AskAsync(nodes.Place("user"), "10.0.0.100", 80) == "10.8.0.2", TwoNodes.Hangs, "the client reaches the container with its own address");
        await Eventually.True(async () => await TwoNodes.AskAsync(nodes.Place("user"), Web, 80) == ExitAddress, TwoNodes.Hangs, "the client leaves by the exit with the exit's address");
        Assert.Equal(ExitAddress, await TwoNodes.AskAsync(nodes.Container(102), Web, 80));
    }

    [Fact]
    public async Task A_rollback_leaves_nothing_and_an_Ethernet_device_is_refused()
    {
        await nodes.RunAsync(TwoNodes.Vps, "ip", "link", "add", "eth9", "type", "veth", "peer", "name", "far9");
        try
        {
            var error = (await Assert.ThrowsAsync<MeshException>(() => nodes.ApplyAsync(TwoNodes.Vps, OnVps.Replace("\"nm-server\", \"number\": 1", "\"eth9\", \"number\": 7", StringComparison.Ordinal).Replace("output:nm-server", "drop", StringComparison.Ordinal)))).Error;
            Assert.Equal(ErrorKind.Conflict, error.Kind);
            Assert.Contains("no layer-3 tunnel", error.Message);
        }
        finally
        {
            await nodes.RunAsync(TwoNodes.Vps, "ip", "link", "delete", "eth9");
        }

        using var client = nodes.Client(TwoNodes.Vps);
        var more = System.Text.Json.JsonDocument.Parse(OnVps.Replace("\"number\": 1 }", "\"number\": 1 }, { \"tunnel\": \"t9\", \"number\": 9, \"masquerade\": true }", StringComparison.Ordinal)).RootElement;
        await foreach (var _ in client.ApplyAsync(new() { Declared = more, ConfirmWithin = 60 }, default)) { }
        Assert.Contains("iif p-t9", await nodes.RunAsync(TwoNodes.Vps, "ip", "rule"));
        Assert.Contains("p-t9", await nodes.RunAsync(TwoNodes.Vps, "nft", "list", "ruleset"));
        await foreach (var _ in client.RollbackAsync(new(), default)) { }
        Assert.DoesNotContain("t9", await nodes.RunAsync(TwoNodes.Vps, "ip", "rule"));
        Assert.DoesNotContain("t9", await nodes.RunAsync(TwoNodes.Vps, "nft", "list", "ruleset"));
        Assert.DoesNotContain("table 1018", await nodes.RunAsync(TwoNodes.Vps, "ip", "route", "show", "table", "all"));
    }

    async Task<NodeTunnel> WarpAsync()
    {
        var (node, cloudflare) = (await Pair.MakeAsync(nodes.Lab), await Pair.MakeAsync(nodes.Lab));
        var far = await FarEnd.StartAsync(nodes.Lab, "internet", "lcf", $"[Interface]\nPrivateKey={cloudflare.Private}\nListenPort=2408\n[Peer]\nPublicKey={node.Public}\nAllowedIPs={ExitAddress}/32\n", "172.16.0.1/24");
        _made.Add(far);
        await nodes.RunAsync("internet", "ip", "address", "replace", $"{Web}/32", "dev", "lo");
        var warp = await nodes.TunnelAsync(TwoNodes.Home, "warp0", $"[Interface]\nPrivateKey={node.Private}\n[Peer]\nPublicKey={cloudflare.Public}\nAllowedIPs=0.0.0.0/0\nEndpoint=192.0.2.1:2408\nPersistentKeepalive=5\n", $"{ExitAddress}/32", 1280);
        _made.Add(warp);
        return warp;
    }

    Task Reaches(int container, string address, TimeSpan within) =>
        Eventually.True(() => TwoNodes.PingsAsync(nodes.Container(container), address), within, $"container {container} reaches {address}");

    /// <summary>Two hundred packets of container 102 to the web.</summary>
    async Task FloodAsync() => await new Command(nodes.Container(102), ["ping", "-c200", "-i0.01", "-W1", Web]).RunAsync();

    /// <summary>Packets that met our kill switch on the home node.</summary>
    async Task<long> KilledAsync() =>
        (await nodes.RunAsync(TwoNodes.Home, "nft", "list", "table", "inet", "meshmcp")).Split('\n').Where(l => l.Contains("p-warp0\" oifname !=", StringComparison.Ordinal))
            .Sum(l => long.Parse(l.Split("packets ")[1].Split(' ')[0]));

    async Task<IEnumerable<string>> FindingsAsync(string node)
    {
        using var client = nodes.Client(node);
        return (await client.StatusAsync(default)).Findings.Select(f => f.Message);
    }
}
