using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Engine;
using MeshMcp.HostBridge.Network;
using Xunit;

namespace MeshMcp.UnitTests.Engine;

public sealed class ManagementPathsTests
{
    [Theory]
    [InlineData(9573, "tcp", true)]
    [InlineData(9574, "tcp", true)]
    [InlineData(9575, "tcp", false)]
    [InlineData(443, "tcp", false)]
    [InlineData(9573, "udp", false)]
    public void A_container_that_serves_the_server_or_the_api_is_a_way_in(int port, string protocol, bool serves)
    {
        var paths = Of(Node(Container("200", port, protocol)));

        Assert.Equal(serves, paths.Serves);
        Assert.Equal(serves ? [$"{port} of container 200"] : Array.Empty<string>(), paths.ServingPorts.Select(p => p.Name));
    }

    [Fact]
    public void A_container_that_does_not_run_is_no_way_in_yet_callers_come_in_by_the_node()
    {
        var stopped = Node(Container("200", 9573) with { Running = false });

        Assert.False(Of(stopped).Serves);
        Assert.True(ManagementPaths.ServesIn(stopped));
    }

    [Fact]
    public void A_container_without_an_address_is_a_way_in_by_its_port() =>
        Assert.True(Of(Node(new Container { Id = "200", Veth = "veth200", Running = true, Properties = new() { Services = [new() { Name = "mcp", Port = 9573 }] } })).Serves);

    static ManagementPaths Of(NodeState state) => new(state, state, HostNetwork.Unknown);

    static NodeState Node(params Container[] containers) => new() { Lxc = new() { Containers = containers } };

    static Container Container(string id, int port, string protocol = "tcp") =>
        new() { Id = id, Veth = $"veth{id}", Running = true, Properties = new() { Ipv4Address = $"10.1.0.{id}/24", Services = [new() { Name = "other", Port = 22 }, new() { Name = "it", Port = port, Protocol = protocol }] } };
}
