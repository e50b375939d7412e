using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Network;
using MeshMcp.HostBridge.Systems.Uplink;
using Xunit;

namespace MeshMcp.UnitTests.Uplink;

/// <summary>Who reaches a published port is told as far as the uplink's address says it.</summary>
public sealed class ReachedFromTests
{
    static readonly UplinkSystem System = new(null!, null!, null!, null!, null!);

    [Theory]
    [InlineData("203.0.113.10", "opens tcp/443 to the internet (container 202, 10.1.0.202:443)", null)]
    [InlineData("100.63.255.255", "to the internet", null)]
    [InlineData("100.128.0.1", "to the internet", null)]
    [InlineData("172.15.0.1", "to the internet", null)]
    [InlineData("172.32.0.1", "to the internet", null)]
    [InlineData("192.168.1.5", "opens tcp/443 to everybody who reaches 192.168.1.5 (container 202, 10.1.0.202:443); 192.168.1.5 is private (RFC 1918): from the internet it is reached only if the router before this node forwards tcp/443 to it", "private (RFC 1918)")]
    [InlineData("10.9.0.4", "to everybody who reaches 10.9.0.4", "the router before this node forwards what is published to it")]
    [InlineData("172.16.0.1", "to everybody who reaches 172.16.0.1", "private (RFC 1918)")]
    [InlineData("172.31.255.1", "to everybody who reaches 172.31.255.1", "private (RFC 1918)")]
    [InlineData("100.64.0.9", "to everybody who reaches 100.64.0.9", "carrier-grade NAT): from the internet it is reached only if the provider forwards, which few do,")]
    [InlineData("100.127.255.9", "to everybody who reaches 100.127.255.9", "carrier-grade NAT")]
    [InlineData("169.254.7.7", "to everybody who reaches 169.254.7.7", "link-local (169.254.0.0/16): it is not reached from the internet")]
    public void The_address_says_whether_the_internet_reaches_it_and_who_must_forward(string address, string says, string? limit)
    {
        var summary = SummaryOf([address], []);

        Assert.Contains(says, summary);
        Assert.Equal(limit is null, summary.Contains("to the internet", StringComparison.Ordinal));
        if (limit is null) Assert.Null(AddressReach.Limit([address], "what is published"));
        else Assert.Contains(limit, AddressReach.Limit([address], "what is published"));
    }

    [Fact]
    public void One_public_address_among_private_ones_is_reached_from_the_internet() => Assert.Contains("to the internet", SummaryOf(["192.168.1.5", "203.0.113.10"], []));

    [Fact]
    public void Neighbours_need_nobody_who_forwards_and_others_do()
    {
        Assert.EndsWith("opens tcp/443 to 192.168.0.0/16 (container 202, 10.1.0.202:443)", SummaryOf(["192.168.1.5"], ["192.168.0.0/16"]));
        Assert.Contains("opens tcp/443 to 198.51.100.0/24 (container 202, 10.1.0.202:443); 192.168.1.5 is private", SummaryOf(["192.168.1.5"], ["198.51.100.0/24"]));
        Assert.Contains("192.168.1.5 is private", SummaryOf(["192.168.1.5"], ["0.0.0.0/0"]));
    }

    [Fact]
    public void Without_an_address_nothing_is_promised() =>
        Assert.Contains("opens tcp/443 to everybody who reaches the uplink, which has no address yet (container 202", PublishedWords.Opens(Port([]), []));

    static string SummaryOf(IReadOnlyList<string> addresses, IReadOnlyList<string> sources)
    {
        var table = UplinkTable.Of(new()
        {
            Lxc = new() { Containers = [new() { Id = "202", Veth = "veth202", Properties = new() { Ipv4Address = "10.1.0.202/24" } }] },
            Uplink = new() { Publish = [Port(sources) with { Address = null }] },
        });
        return Assert.Single(System.Plan(table, new(null, null, [], "eth0", addresses, true, []))).Shown.Summary;
    }

    static PublishedPort Port(IReadOnlyList<string> sources) => new() { Port = 443, Container = "202", Address = "10.1.0.202", Sources = sources };
}
