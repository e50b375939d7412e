using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Engine;
using Xunit;

namespace MeshMcp.UnitTests.WayIn;

public sealed class ManagementPathTests
{
    [Theory]
    [InlineData(9573, "tcp", true)]
    [InlineData(9574, "tcp", true)]
    [InlineData(9575, "tcp", false)]
    [InlineData(443, "tcp", false)]
    [InlineData(9573, "udp", false)]
    public void A_container_that_serves_the_server_or_the_api_is_a_way_in(int port, string protocol, bool serves)
    {
        var path = ManagementPath.Of(Node(Container("200", port, protocol)));

        Assert.Equal(serves, path.Serves);
        Assert.Equal(serves ? ["veth200"] : [], path.Serving);
    }

    [Fact]
    public void A_way_in_that_is_taken_away_counts_as_much_as_one_that_is_made()
    {
        var path = ManagementPath.Of(Node(Container("200", 9573)), Node(Container("200", 9573), Container("201", 9574), Container("202", 443)), new NodeState());

        Assert.Equal(["veth200", "veth201"], path.Serving);
    }

    [Fact]
    public void A_container_without_an_address_is_a_way_in_by_its_port()
    {
        var path = ManagementPath.Of(Node(new Container { Id = "200", Veth = "veth200", Properties = new() { Services = [new() { Name = "mcp", Port = 9573 }] } }));
        Assert.True(path.Serves);
    }

    static NodeState Node(params Container[] containers) => new() { Lxc = new() { Containers = containers } };

    static Container Container(string id, int port, string protocol = "tcp") =>
        new() { Id = id, Veth = $"veth{id}", Properties = new() { Ipv4Address = $"10.1.0.{id}/24", Services = [new() { Name = "other", Port = 22 }, new() { Name = "it", Port = port, Protocol = protocol }] } };
}
