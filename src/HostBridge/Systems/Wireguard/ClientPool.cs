using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace MeshMcp.HostBridge.Systems.Wireguard;

/// <summary>Addresses of VPN clients: the hosts of a network without its first, which is the server's.</summary>
public sealed class ClientPool
{
    const int ShortestPrefix = 8, LongestPrefix = 30;

    /// <summary>Ours in every VPN: no packet with such an address leaves its tunnel. The last 32 bits are the IPv4 address.</summary>
    const string Ipv6Prefix = "fd6d:6573:6800::";
    const int Ipv6PrefixLength = 96;

    readonly uint _network;
    readonly int _length;

    ClientPool(uint network, int length) => (_network, _length) = (network, length);

    public const string Form = "an IPv4 network such as 10.8.0.0/24, with a prefix length from 8 to 30";

    public static ClientPool? Parse(string text)
    {
        if (text.Split('/') is not [var host, var digits] || !IPAddress.TryParse(host, out var address) || address.AddressFamily != AddressFamily.InterNetwork
            || address.ToString() != host || !int.TryParse(digits, out var length) || length is < ShortestPrefix or > LongestPrefix) return null;
        var number = Number(address);
        return (number & ~Mask(length)) == 0 ? new(number, length) : null;
    }

    public string Server => Text(_network + 1);

    public string ServerWithPrefix => $"{Server}/{_length}";

    /// <summary>The server's address for IPv6, with the prefix length that makes all clients its neighbours.</summary>
    public string ServerIpv6 => $"{Ipv6Of(Server)}/{Ipv6PrefixLength + _length}";

    /// <summary>A client's or the server's unique local address for IPv6: <c>fd6d:6573:6800::a08:2</c> belongs to <c>10.8.0.2</c>.</summary>
    public static string Ipv6Of(string address)
    {
        var bytes = IPAddress.Parse(Ipv6Prefix).GetAddressBytes();
        IPAddress.Parse(address).GetAddressBytes().CopyTo(bytes, Ipv6PrefixLength / 8);
        return new IPAddress(bytes).ToString();
    }

    /// <summary>How many clients have room.</summary>
    public int Size => (int)(~Mask(_length) - 2);

    /// <summary>Null when <paramref name="address"/> can be a client's; else why not.</summary>
    public string? FaultOf(string address)
    {
        if (!IPAddress.TryParse(address, out var parsed) || parsed.AddressFamily != AddressFamily.InterNetwork || parsed.ToString() != address) return $"\"{address}\" is no IPv4 address.";
        var number = Number(parsed);
        if ((number & Mask(_length)) != _network) return $"{address} lies outside {this}.";
        if (number == _network || number == _network + 1 || number == Last + 1) return $"{address} is the network's, the server's or the broadcast address.";
        return null;
    }

    /// <summary>The lowest that <paramref name="taken"/> does not name; null when there is none.</summary>
    public string? Lowest(IReadOnlySet<string> taken)
    {
        for (var number = _network + 2; number <= Last; number++)
            if (Text(number) is var address && !taken.Contains(address)) return address;
        return null;
    }

    public bool Overlaps(IPNetwork other)
    {
        var shorter = Mask(Math.Min(_length, other.PrefixLength));
        return (Number(other.BaseAddress) & shorter) == (_network & shorter);
    }

    public override string ToString() => $"{Text(_network)}/{_length}";

    uint Last => (_network | ~Mask(_length)) - 1;

    static uint Mask(int length) => uint.MaxValue << (32 - length);

    static uint Number(IPAddress address) => BinaryPrimitives.ReadUInt32BigEndian(address.GetAddressBytes());

    static string Text(uint number) => new IPAddress((long)BinaryPrimitives.ReverseEndianness(number)).ToString();
}
