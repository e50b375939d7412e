using System.Net;

namespace MeshMcp.HostBridge.Systems.Ports;

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

    public static IPAddress AddressOf(string addressWithPrefix) => Parts(addressWithPrefix).Address;

    static (IPAddress Address, int Length) Parts(string text) => (IPAddress.Parse(text[..text.IndexOf('/')]), int.Parse(text[(text.IndexOf('/') + 1)..]));
}
