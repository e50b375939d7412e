using System.Net;
using System.Net.Sockets;
using System.Text;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.State;
using MeshMcp.IntegrationTests.Wireguard;
using MeshMcp.Lab;
using MeshMcp.Lab.Namespaces;
using MeshMcp.TestKit;
using Xunit;

namespace MeshMcp.IntegrationTests.Adapters;

/// <summary>
/// What a VPN client and a container send while they trust a tunnel, on a node, a user's network and an internet that all speak IPv6: real packets,
/// captured on both uplinks. The client is <c>wg-quick</c> with the configuration that the node gave it.
/// </summary>
public sealed class LeakTests(TwoNodes nodes) : IClassFixture<TwoNodes>, IAsyncLifetime
{
    const string Web = "198.18.80.80", NameServer = "1.1.1.1", Ipv6Web = "2001:db8:80::80", ExitAddress = "172.16.0.2";

    const string OnVps = """
        { "bridge": { "name": "mesh", "address": "10.1.0.1/24", "ports": [ { "name": "veth200" }, { "name": "veth201" }, { "name": "veth202" } ] },
          "wireguard": { "warp_tunnel": { "interface": "warp0" },
            "vpn_server": { "interface": "wg0", "listen_port": 51820, "ip_pool": "10.8.0.0/24", "auto_provision": true, "endpoint": "203.0.113.10", "exit": "warp0" } },
          "openflow": { "bridges": { "mesh": { "flows": [
            "priority=200,arp,actions=normal", "priority=120,ip,nw_dst=10.1.0.0/24,actions=normal", "priority=115,ip,nw_dst=10.8.0.0/24,actions=output:wg0",
            "priority=105,ip,in_port=wg0,actions=output:warp0", "priority=100,ip,in_port=veth202,actions=output:warp0", "priority=0,actions=normal" ] } } } }
        """;

    /// <summary>Neighbours that look for each other.</summary>
    const string Noise = "ip6 multicast or (icmp6 and ip6[40] >= 133 and ip6[40] <= 137)";

    const string OfTheUser = $"(ip or ip6) and not ({Noise}) and not (udp and host {TwoNodes.Public} and port 51820)";
    const string OfTheNode = $"(ip6 and not ({Noise})) or host {Web} or host {NameServer} or net 10.8.0.0/24 or net 10.1.0.0/24 or net 172.16.0.0/16";

    readonly string _folder = Directory.CreateTempSubdirectory("meshmcp-leak-").FullName;
    FarEnd? _cloudflare;

    public async ValueTask InitializeAsync()
    {
        if ((await nodes.RunAsync("internet", "cat", "/proc/sys/net/ipv6/conf/all/disable_ipv6")).Trim() == "1") await SpeakIpv6Async();
        var (node, cloudflare) = (await Pair.MakeAsync(nodes.Lab), await Pair.MakeAsync(nodes.Lab));
        _cloudflare = await FarEnd.StartAsync(nodes.Lab, "internet", "kcf", $"[Interface]\nPrivateKey={cloudflare.Private}\nListenPort=2408\n[Peer]\nPublicKey={node.Public}\nAllowedIPs={ExitAddress}/32\n", "172.16.0.1/24");
        using var client = nodes.Client(TwoNodes.Vps);
        await client.PutSecretAsync("warp-profile", SecretKind.WarpProfile,
            $"[Interface]\nPrivateKey = {node.Private}\nAddress = {ExitAddress}/32\n[Peer]\nPublicKey = {cloudflare.Public}\nAllowedIPs = 0.0.0.0/0, ::/0\nEndpoint = 203.0.113.1:2408\n", default);
        await nodes.ApplyAsync(TwoNodes.Vps, OnVps);
    }

    public async ValueTask DisposeAsync()
    {
        if (_cloudflare is not null) await _cloudflare.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Nothing_of_a_VPN_client_leaves_outside_the_tunnel_and_its_IPv6_is_refused_at_once(bool nodeForwardsIpv6)
    {
        await ForwardAsync(nodeForwardsIpv6);
        using var web = TwoNodes.Answer(nodes.Place("internet"), Web, 80);
        using var names = AnswerNames(nodes.Place("internet"));
        await using var outside = await Capture.StartAsync(nodes.Lab, "user", OfTheUser);
        Assert.True(await TwoNodes.PingsAsync(nodes.Place("user"), Ipv6Web), "without a tunnel the user reaches the internet by IPv6");
        Assert.Contains(await outside.EndAsync(), line => line.Contains(Ipv6Web, StringComparison.Ordinal));
        Assert.True(await TwoNodes.PingsAsync(nodes.Place(TwoNodes.Vps), Ipv6Web), "so does the node");

        using var client = nodes.Client(TwoNodes.Vps);
        var access = await client.AddVpnClientAsync(new() { Name = nodeForwardsIpv6 ? "phone" : "tablet" }, default);
        var device = await UpAsync(access);
        try
        {
            await using var user = await Capture.StartAsync(nodes.Lab, "user", OfTheUser);
            await using var node = await Capture.StartAsync(nodes.Lab, TwoNodes.Vps, OfTheNode);

            await Eventually.True(async () => await TwoNodes.AskAsync(nodes.Place("user"), Web, 80) == ExitAddress, TwoNodes.Hangs, "the client leaves by the exit");
            Assert.Equal(ExitAddress, await AskNameAsync(nodes.Place("user"), Line(access, "DNS")));
            await RefusedAsync("user");

            // While the exit is down nothing finds another way.
            await nodes.RunAsync(TwoNodes.Vps, "ip", "link", "set", "warp0", "down");
            await TwoNodes.AskAsync(nodes.Place("user"), Web, 80);
            await AskNameAsync(nodes.Place("user"), NameServer);
            await RefusedAsync("user");

            Assert.Empty(await user.EndAsync());
            Assert.Empty(await node.EndAsync());
        }
        finally
        {
            await nodes.RunAsync("user", "wg-quick", "down", device);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Nothing_of_a_container_behind_an_exit_leaves_by_the_uplink_whatever_address_it_gives_itself(bool nodeForwardsIpv6)
    {
        await ForwardAsync(nodeForwardsIpv6);
        using var web = TwoNodes.Answer(nodes.Place("internet"), Web, 80);
        using var names = AnswerNames(nodes.Place("internet"));
        var container = nodes.Container(202);
        await using var node = await Capture.StartAsync(nodes.Lab, TwoNodes.Vps, OfTheNode);

        await Eventually.True(async () => await TwoNodes.AskAsync(container, Web, 80) == ExitAddress, TwoNodes.Hangs, "the container leaves by the exit");
        Assert.Equal(ExitAddress, await AskNameAsync(container, NameServer));
        Assert.Equal(SocketError.NetworkUnreachable, await TryAsync(container, ProtocolType.Tcp, 80));

        // One address that the node finds on its bridge, and one that it would answer by its uplink.
        await nodes.RunAsync(TwoNodes.Vps, "ip", "address", "replace", "2001:db8:5::1/64", "dev", "mesh", "nodad");
        await new Command(container, ["ip", "address", "replace", "2001:db8:5::5/64", "dev", "eth0", "nodad"]).TextAsync();
        await new Command(container, ["ip", "route", "replace", "default", "via", "2001:db8:5::1", "dev", "eth0"]).TextAsync();
        try
        {
            Assert.Equal(SocketError.AccessDenied, await TryAsync(container, ProtocolType.Tcp, 80));
            Assert.Equal(SocketError.AccessDenied, await TryAsync(container, ProtocolType.Udp, 53));
            await new Command(container, ["ip", "address", "replace", "2001:db8:6::6/128", "dev", "eth0", "nodad"]).TextAsync();
            Assert.False((await new Command(container, ["ping", "-c2", "-i0.2", "-W1", "-I", "2001:db8:6::6", Ipv6Web]).RunAsync()).ExitCode == 0);
            await nodes.RunAsync(TwoNodes.Vps, "ip", "link", "set", "warp0", "down");
            await AskNameAsync(container, NameServer);
            await TryAsync(container, ProtocolType.Udp, 53);

            Assert.Empty(await node.EndAsync());
        }
        finally
        {
            await new Command(container, ["ip", "-6", "route", "delete", "default"]).TextAsync();
            await new Command(container, ["ip", "-6", "address", "flush", "dev", "eth0", "scope", "global"]).TextAsync();
            await nodes.RunAsync(TwoNodes.Vps, "ip", "address", "delete", "2001:db8:5::1/64", "dev", "mesh");
        }
    }

    /// <summary>The lab has none of itself.</summary>
    async Task SpeakIpv6Async()
    {
        foreach (var place in (string[])["internet", "user", TwoNodes.Vps])
        {
            await nodes.RunAsync(place, "sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=0");
            await nodes.RunAsync(place, "sysctl", "-qw", "net.ipv6.conf.default.disable_ipv6=0");
        }
        await nodes.RunAsync("internet", "sysctl", "-qw", "net.ipv6.conf.all.forwarding=1");
        await nodes.RunAsync("internet", "ip", "address", "add", $"{Ipv6Web}/128", "dev", "lo");
        foreach (var (place, far, network) in new[] { ("user", "u0", "2001:db8:1::"), (TwoNodes.Vps, "v0", "2001:db8:2::") })
        {
            await nodes.RunAsync("internet", "ip", "address", "add", $"{network}1/64", "dev", far, "nodad");
            await nodes.RunAsync(place, "ip", "address", "add", $"{network}10/64", "dev", "eth0", "nodad");
            await nodes.RunAsync(place, "ip", "route", "add", "default", "via", $"{network}1");
        }
    }

    Task<string> ForwardAsync(bool forwards) => nodes.RunAsync(TwoNodes.Vps, "sysctl", "-qw", $"net.ipv6.conf.all.forwarding={(forwards ? 1 : 0)}");

    /// <summary>Takes the client's device up as its user would; name servers are asked by the tests themselves.</summary>
    async Task<string> UpAsync(VpnAccess access)
    {
        var file = Path.Combine(_folder, $"lk{Environment.ProcessId}.conf");
        await File.WriteAllTextAsync(file, string.Join('\n', access.Configuration.Split('\n').Where(l => !l.StartsWith("DNS", StringComparison.Ordinal))));
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await nodes.RunAsync("user", "wg-quick", "up", file);
        return file;
    }

    static string Line(VpnAccess access, string key) => access.Configuration.Split('\n').Single(l => l.StartsWith(key, StringComparison.Ordinal)).Split('=')[1].Trim();

    async Task RefusedAsync(string place)
    {
        Assert.Equal(SocketError.AccessDenied, await TryAsync(nodes.Place(place), ProtocolType.Tcp, 80));
        Assert.Equal(SocketError.AccessDenied, await TryAsync(nodes.Place(place), ProtocolType.Udp, 53));
    }

    /// <summary>How it ends when somebody uses the web server's IPv6 address. That a packet is prohibited nobody knows but by an answer.</summary>
    static async Task<SocketError> TryAsync(Place from, ProtocolType protocol, int port)
    {
        using var socket = from.Inside(() => new Socket(AddressFamily.InterNetworkV6, protocol == ProtocolType.Udp ? SocketType.Dgram : SocketType.Stream, protocol));
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        try
        {
            await socket.ConnectAsync(new IPEndPoint(IPAddress.Parse(Ipv6Web), port), limit.Token);
            await socket.SendAsync("who"u8.ToArray(), limit.Token);
            await socket.ReceiveAsync(new byte[64], limit.Token);
            return SocketError.Success;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode;
        }
        catch (OperationCanceledException)
        {
            return SocketError.TimedOut;
        }
    }

    /// <summary>A name server that tells everybody where he comes from.</summary>
    static UdpClient AnswerNames(Place place)
    {
        var server = place.Inside(() => new UdpClient(new IPEndPoint(IPAddress.Parse(NameServer), 53)));
        _ = ServeAsync();
        return server;

        async Task ServeAsync()
        {
            try
            {
                while (true)
                {
                    var question = await server.ReceiveAsync();
                    await server.SendAsync(Encoding.ASCII.GetBytes(question.RemoteEndPoint.Address.ToString()), question.RemoteEndPoint);
                }
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // The test is over.
            }
        }
    }

    static async Task<string?> AskNameAsync(Place from, string server)
    {
        using var socket = from.Inside(() => new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp));
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        try
        {
            await socket.ConnectAsync(new IPEndPoint(IPAddress.Parse(server), 53), limit.Token);
            await socket.SendAsync("where"u8.ToArray(), limit.Token);
            var answer = new byte[64];
            return Encoding.ASCII.GetString(answer, 0, await socket.ReceiveAsync(answer, limit.Token));
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            return null;
        }
    }
}
