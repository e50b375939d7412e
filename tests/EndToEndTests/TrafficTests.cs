using MeshMcp.Lab;
using MeshMcp.TestKit;
using Xunit;

namespace MeshMcp.EndToEndTests;

/// <summary>The three traffic flows carry real packets, made by the host bridges from the two example states.</summary>
public sealed class TrafficTests(LabFixture fixture)
{
    static readonly TimeSpan Soon = TimeSpan.FromSeconds(30), Healed = TimeSpan.FromSeconds(5);

    [Theory]
    [InlineData("vless", 11080)]
    [InlineData("vmess", 11081)]
    public async Task A_users_traffic_enters_at_the_VPS_and_leaves_by_WARP(string protocol, int port)
    {
        string[] proxy = ["--socks5-hostname", $"127.0.0.1:{port}"];
        using var v2ray = await fixture.ProxyAsync(protocol, await fixture.XrayIdAsync("alice"), port);
        try
        {
            Assert.StartsWith(Traffic.Warp, await fixture.GetFromUserAsync($"http://{Traffic.Web}/", proxy));
            Assert.StartsWith(Traffic.Warp, await fixture.GetFromUserAsync($"http://{Traffic.WebName}/", proxy));
            Assert.StartsWith("client=198.51.100.10", await fixture.GetFromUserAsync($"http://{Traffic.Web}/"));
            var size = await fixture.GetFromUserAsync($"http://{Traffic.WebName}/30000000", [.. proxy, "-m", "90", "-o", "/dev/null", "-w", "%{size_download}"]);
            Assert.True(long.Parse(size) > 30_000_000, size);
        }
        finally
        {
            v2ray.Kill();
        }
    }

    [Fact]
    public async Task Management_reaches_the_containers_with_the_users_address()
    {
        var packets = await fixture.CaptureAsync("vps", "veth201", "src host 198.51.100.10 and tcp dst port 9574",
            async () => Assert.Contains("\"role\":\"api\"", await fixture.GetFromUserAsync("https://203.0.113.10:9574/healthz")));
        Assert.True(packets > 0);
        Assert.Equal("ok", (await fixture.GetFromUserAsync("https://203.0.113.10:9573/healthz")).Trim());
    }

    [Fact]
    public async Task Containers_of_both_nodes_reach_each_other_and_the_internet_by_their_exits()
    {
        Assert.Contains("container 100 on oo1424oo", await fixture.GetFromContainerAsync("vps", "200", "10.0.0.100", 8080));
        Assert.True(await fixture.PingsAsync("oo1424oo", "100", "10.1.0.200"));
        Assert.Contains(Traffic.Warp, await fixture.GetFromContainerAsync("oo1424oo", "100", Traffic.Web));
        Assert.Contains(Traffic.Uplink, await fixture.GetFromContainerAsync("vps", "202", Traffic.Web));
    }

    [Theory]
    [InlineData("the tunnel is down", "ip", "link", "set", "warp0", "down")]
    [InlineData("the rule is gone", "ip", "rule", "del", "pref", "1004")]
    public async Task Nothing_of_a_privacy_container_leaves_by_the_uplink_and_the_way_out_is_healed(string what, params string[] cut)
    {
        Assert.NotEmpty(what);
        var leaked = await fixture.CaptureAsync("oo1424oo", "eth0", "host 198.18.80.80 or src net 10.0.0.0/24", async () =>
        {
            await fixture.Lab.In("oo1424oo", cut).TextAsync();
            for (var i = 0; i < 3; i++) await fixture.GetFromContainerAsync("oo1424oo", "102", Traffic.Web, patience: 1);
        });
        Assert.Equal(0, leaked);
        await Eventually.True(async () => (await fixture.GetFromContainerAsync("oo1424oo", "102", Traffic.Web, patience: 2)).Contains(Traffic.Warp), Healed + Soon, "container 102 leaves by WARP again");
    }

    [Fact]
    public async Task Containers_always_learn_the_bridge_as_their_gateway()
    {
        foreach (var (node, container, gateway, mac) in new[] { ("vps", "200", "10.1.0.1", "02:00:0a:01:00:01"), ("oo1424oo", "102", "10.0.0.1", "02:00:0a:00:00:01") })
            for (var i = 0; i < 20; i++)
            {
                await fixture.Lab.In(node, "lxc-attach", "-n", container, "--", "/bin/busybox", "ip", "neigh", "flush", "dev", "eth0").RunAsync();
                Assert.True(await fixture.PingsAsync(node, container, gateway), $"{container} pings {gateway}");
                Assert.Contains(mac, await fixture.Lab.In(node, "lxc-attach", "-n", container, "--", "/bin/busybox", "cat", "/proc/net/arp").TextAsync());
            }
    }

    [Fact]
    public async Task Traffic_is_back_within_5_seconds_after_netclient_made_its_device_anew()
    {
        Assert.Contains("container 100", await fixture.GetFromContainerAsync("vps", "200", "10.0.0.100", 8080));
        await fixture.Lab.In("oo1424oo", "env", "netclient", "stand-in-recreate").TextAsync();
        await Eventually.True(async () => (await fixture.GetFromContainerAsync("vps", "200", "10.0.0.100", 8080, patience: 1)).Contains("container 100"), Healed, "container 200 reaches container 100 again");
    }

    [Fact]
    public async Task Applying_again_and_healing_lose_no_packet_of_a_running_ping()
    {
        var init = (await fixture.Lab.In("vps", "lxc-info", "-n", "200", "-p", "-H").TextAsync()).Trim();
        Assert.True(await fixture.PingsAsync("vps", "200", "10.0.0.100"));
        // 50 a second, out of the container's own network, across both bridges and the tunnel.
        var ping = fixture.Lab.In("vps", "nsenter", "-t", init, "-n", "ping", "-q", "-i", "0.02", "-c", "400", "-W", "2", "10.0.0.100").TextAsync();

        foreach (var node in new[] { "vps", "oo1424oo" })
        {
            await fixture.Lab.In(node, "env", "meshctl", "apply", $"{Examples}/{node}.json", "--why", "once more").TextAsync();
            await fixture.Lab.In(node, "env", "meshctl", "flow", "add", "priority=170,udp,tp_dst=7780,actions=drop").TextAsync();
            // Ours, so it is put back; and one that is foreign and stays.
            await fixture.Lab.In(node, "ovs-ofctl", "-O", "OpenFlow14", "del-flows", "mesh", "udp,tp_dst=7780").TextAsync();
            await Eventually.True(async () => (await fixture.Lab.In(node, "ovs-ofctl", "-O", "OpenFlow14", "dump-flows", "mesh").TextAsync()).Contains("tp_dst=7780"), Soon, "the flow is put back");
            await fixture.Lab.In(node, "env", "meshctl", "flow", "delete", "udp,tp_dst=7780").TextAsync();
        }

        Assert.Contains("400 packets transmitted, 400 received, 0% packet loss", await ping);
    }

    static string Examples => Path.GetFullPath(Path.Combine(Programs.Build, "../../examples"));
}
