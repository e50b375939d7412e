using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.OpenVSwitch;
using MeshMcp.HostBridge.Systems.Bridge;
using MeshMcp.HostBridge.Systems.Openflow;
using Xunit;

namespace MeshMcp.UnitTests.Marks;

/// <summary>What says of a thing on the host that it is ours: agents of every version must know it, so it never changes.</summary>
public sealed class MarkTests
{
    [Fact]
    public void Bridges_and_ports_are_ours_by_an_external_id()
    {
        Assert.Equal([new("meshmcp", "ours")], Mark.Ids);
        Assert.Equal([new("meshmcp", "ours"), new("meshmcp-device", "7")], Mark.With(7));
        Assert.True(Mark.IsOn(Mark.Ids));
        Assert.False(Mark.IsOn(new Dictionary<string, string> { ["owner"] = "ours", ["meshmcp-device"] = "7" }));
        Assert.False(Mark.IsOn(new Dictionary<string, string>()));
    }

    [Theory]
    [InlineData(0x4d4d_0000_0000_0000, true)]
    [InlineData(0x4d4d_ffff_ffff_ffff, true)]
    [InlineData(0x4d4c_ffff_ffff_ffff, false)]
    [InlineData(0x4d4e_0000_0000_0000, false)]
    [InlineData(0x0000_0000_0000_4d4d, false)]
    [InlineData(0x0, false)]
    public void Flows_are_ours_by_the_first_16_bits_of_their_cookie(ulong cookie, bool ours) => Assert.Equal(ours, FlowCookie.IsOurs(cookie));

    [Fact]
    public void The_other_48_bits_say_which_flow_it_is()
    {
        FlowKey flow = new(0, 100, "tcp,tp_dst=80");
        FlowKey[] flows = [flow, flow with { Table = 1 }, flow with { Priority = 101 }, flow with { Match = "tcp,tp_dst=81" }];

        Assert.Equal(0x4d4dul, FlowCookie.Of(flow) >> 48);
        Assert.Equal(FlowCookie.Of(flow), FlowCookie.Of(new(0, 100, "tcp,tp_dst=80")));
        Assert.Equal(4, flows.Select(FlowCookie.Of).Distinct().Count());
        Assert.All(flows, f => Assert.True(FlowCookie.IsOurs(FlowCookie.Of(f))));
    }

    [Fact]
    public void An_adapters_port_says_all_that_the_adapter_is()
    {
        BridgeAdapter[] adapters = [new() { Tunnel = "warp0", Number = 2, Masquerade = true }, new() { Tunnel = "wg0", Number = 3, Clients = "10.8.0.0/24", Exit = "warp0" }];
        foreach (var adapter in adapters) Assert.Equal(adapter, AdapterMark.Read(Port(AdapterMark.Of(adapter), adapter.Ofport)));
        Assert.Equal([new("meshmcp", "ours"), new("meshmcp-adapter", "wg0"), new("meshmcp-clients", "10.8.0.0/24"), new("meshmcp-exit", "warp0")], AdapterMark.Of(adapters[1]));
        Assert.Equal([new("meshmcp", "ours"), new("meshmcp-adapter", "warp0"), new("meshmcp-masquerade", "true")], AdapterMark.Of(adapters[0]));
    }

    [Fact]
    public void A_port_that_lacks_our_mark_or_the_adapters_is_no_adapter()
    {
        Assert.Null(AdapterMark.Read(Port(new Dictionary<string, string> { ["meshmcp-adapter"] = "warp0" }, 60002)));
        Assert.Null(AdapterMark.Read(Port(Mark.Ids, 60002)));
        var bond = Port(AdapterMark.Of(new() { Tunnel = "warp0", Number = 2 }), 60002);
        Assert.Null(AdapterMark.Read(bond with { Interfaces = [.. bond.Interfaces, .. bond.Interfaces] }));
    }

    static OvsPort Port(IReadOnlyDictionary<string, string> ids, int ofport) =>
        new("", "p", ids, [new("", "p", "internal", ofport, null, null, null, null, "up", new Dictionary<string, string>())]);
}
