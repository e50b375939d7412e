using System.Net;
using System.Net.Sockets;

namespace MeshMcp.HostBridge.Network;

/// <summary>From where an IPv4 address of the uplink can be reached, as far as the address itself says. Pure.</summary>
static class AddressReach
{
    static readonly (IPNetwork Network, string Kind, string? Forwards)[] Kinds =
    [
        (IPNetwork.Parse("10.0.0.0/8"), "private (RFC 1918)", "the router before this node forwards"),
        (IPNetwork.Parse("172.16.0.0/12"), "private (RFC 1918)", "the router before this node forwards"),
        (IPNetwork.Parse("192.168.0.0/16"), "private (RFC 1918)", "the router before this node forwards"),
        (IPNetwork.Parse("100.64.0.0/10"), "shared by customers of a provider (100.64.0.0/10, carrier-grade NAT)", "the provider forwards, which few do,"),
        (IPNetwork.Parse("169.254.0.0/16"), "link-local (169.254.0.0/16)", null),
        (IPNetwork.Parse("127.0.0.0/8"), "the node's own (loopback)", null),
        (IPNetwork.Parse("0.0.0.0/8"), "no address of a host", null),
        (IPNetwork.Parse("198.18.0.0/15"), "for measurements (198.18.0.0/15)", null),
        (IPNetwork.Parse("224.0.0.0/3"), "no address of a host", null),
    ];

    public static bool IsPublic(string address) => KindOf(address) is null;

    /// <summary>Whether nobody of the internet is among these networks.</summary>
    public static bool AreNear(IReadOnlyList<string> networks) => networks.Count > 0 && networks.All(n => Networks.Read(n) is { } network && Kinds.Any(k => k.Network.PrefixLength <= network.PrefixLength && k.Network.Contains(network.BaseAddress)));

    /// <summary>What stands between the internet and these addresses; null where one of them is public, and where there is none.</summary>
    /// <param name="what">That would have to be forwarded: <c>tcp/443</c>.</param>
    public static string? Limit(IReadOnlyList<string> addresses, string what)
    {
        if (addresses.Count == 0 || addresses.Any(IsPublic)) return null;
        var (_, kind, forwards) = KindOf(addresses[0])!.Value;
        return $"{addresses[0]} is {kind}: {(forwards is null ? "it is not reached from the internet" : $"from the internet it is reached only if {forwards} {what} to it")}";
    }

    static (IPNetwork Network, string Kind, string? Forwards)? KindOf(string address) =>
        IPAddress.TryParse(address, out var one) && one.AddressFamily == AddressFamily.InterNetwork && Kinds.Where(k => k.Network.Contains(one)).Select(k => ((IPNetwork, string, string?)?)k).FirstOrDefault() is { } kind ? kind : null;
}
