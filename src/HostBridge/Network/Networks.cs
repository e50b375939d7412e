using System.Net;
using System.Net.Sockets;
using MeshMcp.Contracts.State;

namespace MeshMcp.HostBridge.Network;

/// <summary>Addresses with a prefix length, as states write them (<c>10.1.0.1/24</c>).</summary>
public static class Networks
{
    /// <summary>The network that the address lies in.</summary>
    public static IPNetwork Of(string addressWithPrefix)
    {
        var (address, length) = Parts(addressWithPrefix);
        var bytes = address.GetAddressBytes();
        for (var bit = length; bit < 32; bit++) bytes[bit / 8] &= (byte)~(0x80 >> (bit % 8));
        return new(new(bytes), length);
    }

    /// <summary>With whatever host bits, an address without a prefix length as a network of its own; null when it is no IPv4 network or address.</summary>
    public static IPNetwork? Read(string text)
    {
        var (host, prefix) = text.Split('/') is [var before, var after] ? (before, after) : (text, "32");
        return IPAddress.TryParse(host, out var address) && address.AddressFamily == AddressFamily.InterNetwork && int.TryParse(prefix, out var length) && length is >= 0 and <= 32 ? Of($"{address}/{length}") : null;
    }

    /// <summary>The containers' network; null while the bridge has no address.</summary>
    public static IPNetwork? Behind(BridgeSection? bridge) => bridge?.Address is { } address ? Read(address) : null;

    /// <summary>Its broadcast address.</summary>
    public static IPAddress LastOf(IPNetwork network)
    {
        var bytes = network.BaseAddress.GetAddressBytes();
        for (var bit = network.PrefixLength; bit < 32; bit++) bytes[bit / 8] |= (byte)(0x80 >> (bit % 8));
        return new(bytes);
    }

    public static bool Overlap(IPNetwork a, IPNetwork b) => a.Contains(b.BaseAddress) || b.Contains(a.BaseAddress);

    public static IPAddress AddressOf(string addressWithPrefix) => Parts(addressWithPrefix).Address;

    static (IPAddress Address, int Length) Parts(string text) => (IPAddress.Parse(text[..text.IndexOf('/')]), int.Parse(text[(text.IndexOf('/') + 1)..]));
}
