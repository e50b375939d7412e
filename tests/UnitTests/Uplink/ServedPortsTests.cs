using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Systems.Uplink;
using Xunit;

namespace MeshMcp.UnitTests.Uplink;

/// <summary>What a section of the state is reached by is taken from it by nobody who does not say so.</summary>
public sealed class ServedPortsTests
{
    static readonly NodeState State = new()
    {
        Lxc = new() { Containers = [Container("202", 443, 8443), Container("210", 80)] },
        Netmaker = new() { Mode = NetmakerMode.Client, Network = "n", Interface = "nm", ListenPort = 51821 },
        Wireguard = new() { VpnServer = new() { Interface = "wg0", ListenPort = 51820, IpPool = "10.8.0.0/24" } },
        Xray = new() { Server = new() { Container = "202", Exit = "10.0.0.102:10086", ExitId = "secret:x", Vless = new() { Port = 443 }, Vmess = new() { Port = 8443 } } },
    };

    static Container Container(string id, params int[] ports) => new() { Id = id, Veth = $"veth{id}", Properties = new() { Ipv4Address = $"10.1.0.{id}/24", Services = [.. ports.Select(p => new ContainerService { Name = $"s{p}", Port = p })] } };

    static NodeState Publish(NodeState state, string protocol, int port, string container, int? inside = null) =>
        new PublishPort(new() { Protocol = protocol, Port = port, Container = container, ContainerPort = inside }).Apply(state);

    [Theory]
    [InlineData("tcp", 443, "xray.server.vless's way in (container 202)")]
    [InlineData("tcp", 8443, "xray.server.vmess's way in (container 202)")]
    [InlineData("udp", 51820, "wireguard.vpn_server's on this node")]
    [InlineData("udp", 51821, "netmaker's on this node")]
    public void Taking_a_port_that_a_section_serves_is_refused_with_the_loser(string protocol, int port, string loser) =>
        Assert.Contains(loser, Assert.Single(ServedPorts.Taken(State, Publish(State, protocol, port, "210"))).Message, StringComparison.Ordinal);

    /// <summary>Sections that the node itself serves a port for, without a port of their own said where that is possible.</summary>
    static readonly Dictionary<string, (int Port, string Path, Func<NodeState, NodeState> Without)> OfNode = new()
    {
        ["wireguard.vpn_server"] = (51820, "wireguard.vpn_server.listen_port", s => s with { Wireguard = null }),
        ["netmaker"] = (51821, "netmaker.listen_port", s => s with { Netmaker = null }),
    };

    static readonly NodeState Usual = State with { Netmaker = State.Netmaker! with { ListenPort = null } };

    public static TheoryData<string> Sections => [.. OfNode.Keys];

    [Theory, MemberData(nameof(Sections))]
    public void A_port_is_taken_in_neither_order(string section)
    {
        var (port, path, without) = OfNode[section];
        var published = Publish(without(Usual), "udp", port, "210");

        Assert.Equal("uplink.publish[3].port", Assert.Single(ServedPorts.Taken(Usual, Publish(Usual, "udp", port, "210"))).Path);
        var later = Assert.Single(ServedPorts.Taken(published, Usual with { Uplink = published.Uplink }));
        Assert.Equal(path, later.Path);
        Assert.Contains($"udp/{port} is published for container 210", later.Message, StringComparison.Ordinal);
        // It was so before.
        Assert.Empty(ServedPorts.Taken(Usual with { Uplink = published.Uplink }, Usual with { Uplink = published.Uplink, Openflow = new() }));
    }

    [Theory, MemberData(nameof(Sections))]
    public void A_port_that_follows_from_a_service_is_told_at_the_service(string section)
    {
        NodeState With(params ContainerService[] services) => Usual with { Lxc = new() { Containers = [new() { Id = "210", Veth = "veth210", Properties = new() { Ipv4Address = "10.1.0.210/24", Services = services } }] } };

        var problem = Assert.Single(ServedPorts.Taken(With(), With(new ContainerService { Name = "s", Protocol = "udp", Port = OfNode[section].Port })));

        Assert.Equal("lxc.containers.210.properties.services", problem.Path);
        Assert.Contains(section, problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_node_that_left_its_network_has_no_port_of_it() =>
        Assert.Empty(ServedPorts.Taken(Usual with { Netmaker = Usual.Netmaker! with { Enabled = false } }, Publish(Usual with { Netmaker = Usual.Netmaker! with { Enabled = false } }, "udp", 51821, "210")));

    [Fact]
    public void What_takes_nothing_from_a_section_is_no_fault()
    {
        foreach (var (protocol, port) in new[] { ("tcp", 80), ("tcp", 444), ("udp", 443), ("tcp", 51820) }) Assert.Empty(ServedPorts.Taken(State, Publish(State, protocol, port, "210")));
        // The same again, and where it was so before.
        Assert.Empty(ServedPorts.Taken(State, Publish(State, "tcp", 443, "202")));
        var taken = Publish(State, "tcp", 443, "210");
        Assert.Empty(ServedPorts.Taken(taken, taken with { Openflow = new() }));
        // The way in moves, is closed first, or the section goes.
        Assert.Empty(ServedPorts.Taken(State, Publish(Publish(State, "tcp", 1443, "202", inside: 443), "tcp", 443, "210")));
        var closed = new UnpublishPort("tcp", 443).Apply(State);
        Assert.Empty(ServedPorts.Taken(closed, Publish(closed, "tcp", 443, "210")));
        Assert.Empty(ServedPorts.Taken(State, taken with { Xray = null }));
    }
}
