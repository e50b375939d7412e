using MeshMcp.HostBridge.Network;

namespace MeshMcp.HostBridge.Systems.Bridge;

/// <summary>The bridge's MAC follows from its address: without a fixed one it changes with the ports, and containers lose their gateway for a while.</summary>
static class HardwareAddress
{
    /// <summary><c>10.1.0.1/24</c> gives <c>02:00:0a:01:00:01</c>, locally administered.</summary>
    public static string Of(string addressWithPrefix) =>
        "02:00:" + string.Join(':', Networks.AddressOf(addressWithPrefix).GetAddressBytes().Select(b => b.ToString("x2")));
}

static class Datapaths
{
    public static string Of(Contracts.State.Datapath datapath) => datapath == Contracts.State.Datapath.Netdev ? "netdev" : "system";
}
