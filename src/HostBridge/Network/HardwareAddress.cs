using MeshMcp.Contracts.State;

namespace MeshMcp.HostBridge.Network;

/// <summary>MACs that follow from what a state says, locally administered: neighbours need not learn anew, and nobody has to ask.</summary>
static class HardwareAddress
{
    public const string Everybody = "ff:ff:ff:ff:ff:ff";

    /// <summary>
    /// <c>10.1.0.1/24</c> gives <c>02:00:0a:01:00:01</c>. The bridge's too: without a fixed one it changes with the ports, and containers lose their gateway for a while.
    /// </summary>
    public static string Of(string addressWithPrefix) =>
        "02:00:" + string.Join(':', Networks.AddressOf(addressWithPrefix).GetAddressBytes().Select(b => b.ToString("x2")));

    public static string Of(Container container) => container.Properties.Ipv4Address is { } address ? Of(address)
        : $"02:01:00:00:{int.Parse(container.Id) >> 8:x2}:{int.Parse(container.Id) & 0xff:x2}";
}
