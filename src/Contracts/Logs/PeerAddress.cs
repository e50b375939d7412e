using System.Net;

namespace MeshMcp.Contracts.Logs;

/// <summary>An address as logs and the audit have it: one of IPv4 looks the same on a socket for both families.</summary>
public static class PeerAddress
{
    public static string Of(IPAddress? address) => address is null ? "unknown" : (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString();
}
