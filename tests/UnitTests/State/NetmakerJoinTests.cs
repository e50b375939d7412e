using System.Text;
using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.State;
using Xunit;

namespace MeshMcp.UnitTests.State;

public sealed class NetmakerJoinTests
{
    static readonly string Key = Token("""{"server":"api.example:8081","value":"abc"}""");

    static readonly NetmakerSection Waiting = new() { Mode = NetmakerMode.Client, Network = "privacy-mesh", Interface = "nm-privacy", Bridge = "mesh", Server = "https://<vps-public-ip>:8081" };

    [Theory]
    [InlineData("not base64")]
    [InlineData("e30=")]
    [InlineData("W10=")]
    [InlineData("")]
    public void What_is_no_token_names_no_server(string text) => Assert.Null(EnrollmentToken.ServerIn(text));

    [Fact]
    public void A_section_that_waits_for_its_key_is_kept_and_its_placeholder_replaced_by_the_keys_server()
    {
        var section = new NetmakerJoin(Key).SectionOn(new() { Netmaker = Waiting });

        Assert.Equal(Waiting with { Server = "https://api.example:8081" }, section);
    }

    [Fact]
    public void Without_a_section_network_and_device_must_be_said()
    {
        Assert.Equal("network", Assert.Throws<MeshException>(() => new NetmakerJoin(Key).SectionOn(new())).Error.Target);
        Assert.Equal("interface", Assert.Throws<MeshException>(() => new NetmakerJoin(Key, "privacy-mesh").SectionOn(new())).Error.Target);
        Assert.Equal(("privacy-mesh", "nm-privacy"), new NetmakerJoin(Key, "privacy-mesh", "nm-privacy").SectionOn(new()) is var s ? (s.Network, s.Interface) : default);
    }

    [Fact]
    public void A_node_with_another_network_or_a_server_is_not_joined_to_a_second()
    {
        Assert.Equal(ErrorKind.Conflict, Assert.Throws<MeshException>(() => new NetmakerJoin(Key, "other").SectionOn(new() { Netmaker = Waiting })).Error.Kind);
        Assert.Equal(ErrorKind.Conflict, Assert.Throws<MeshException>(() => new NetmakerJoin(Key).SectionOn(new() { Netmaker = Waiting with { Mode = NetmakerMode.Server } })).Error.Kind);
    }

    [Fact]
    public void Leaving_keeps_the_section_and_the_adapter_so_that_flows_may_go_on_naming_it()
    {
        var state = new NodeState { Bridge = new(), Netmaker = Waiting };

        var left = new LeaveNetmaker("privacy-mesh").Apply(state);

        Assert.False(left.Netmaker!.Enabled);
        Assert.Single(BridgeLayout.Of(state)!.Adapters);
        Assert.Single(BridgeLayout.Of(left)!.Adapters);
        Assert.True(new NetmakerJoin(Key).SectionOn(left).Enabled);
        Assert.Same(state, new LeaveNetmaker("other").Apply(state));
    }

    static string Token(string json) => Convert.ToBase64String(Encoding.UTF8.GetBytes(json));
}
