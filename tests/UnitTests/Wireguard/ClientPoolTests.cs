using System.Net;
using MeshMcp.HostBridge.Systems.Wireguard;
using Xunit;

namespace MeshMcp.UnitTests.Wireguard;

public sealed class ClientPoolTests
{
    [Fact]
    public void The_first_host_is_the_servers_and_the_rest_are_clients()
    {
        var pool = ClientPool.Parse("10.8.0.0/29")!;

        Assert.Equal("10.8.0.1/29", pool.ServerWithPrefix);
        Assert.Equal(5, pool.Size);
        Assert.Equal("10.8.0.2", pool.Lowest(new HashSet<string>()));
        Assert.Equal("10.8.0.4", pool.Lowest(new HashSet<string> { "10.8.0.2", "10.8.0.3", "10.8.0.5" }));
        Assert.Null(pool.Lowest(Enumerable.Range(2, 5).Select(i => $"10.8.0.{i}").ToHashSet()));
    }

    [Theory]
    [InlineData("10.8.0.0/24", "fd6d:6573:6800::a08:1/120")]
    [InlineData("10.0.0.0/8", "fd6d:6573:6800::a00:1/104")]
    [InlineData("192.168.255.252/30", "fd6d:6573:6800::c0a8:fffd/126")]
    public void An_address_for_IPv6_ends_in_the_one_for_IPv4_and_clients_are_the_servers_neighbours(string pool, string server)
    {
        var parsed = ClientPool.Parse(pool)!;

        Assert.Equal(server, parsed.ServerIpv6);
        var length = int.Parse(server.Split('/')[1], System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal(Bits(parsed.Server, length), Bits(parsed.Lowest(new HashSet<string>())!, length));

        static string Bits(string address, int length) => string.Concat(IPAddress.Parse(ClientPool.Ipv6Of(address)).GetAddressBytes().Select(b => $"{b:b8}"))[..length];
    }

    [Theory]
    [InlineData("10.8.0.0", "network")]
    [InlineData("10.8.0.1", "network")]
    [InlineData("10.8.0.7", "network")]
    [InlineData("10.8.0.8", "outside")]
    [InlineData("fd00::2", "no IPv4")]
    [InlineData("10.8.0.2/32", "no IPv4")]
    public void An_address_that_cannot_be_a_clients_is_refused(string address, string reason) => Assert.Contains(reason, ClientPool.Parse("10.8.0.0/29")!.FaultOf(address));

    [Theory]
    [InlineData("10.8.0.0")]
    [InlineData("10.8.0.1/24")]
    [InlineData("10.8.0.0/31")]
    [InlineData("10.8.0.0/7")]
    [InlineData("fd00::/64")]
    [InlineData("10.8.0/24")]
    public void What_is_no_pool_is_none(string text) => Assert.Null(ClientPool.Parse(text));

    [Theory]
    [InlineData("10.8.0.0/16", true)]
    [InlineData("10.8.0.128/25", true)]
    [InlineData("10.9.0.0/24", false)]
    public void Networks_that_share_an_address_overlap(string other, bool overlaps) => Assert.Equal(overlaps, ClientPool.Parse("10.8.0.0/24")!.Overlaps(IPNetwork.Parse(other)));
}
