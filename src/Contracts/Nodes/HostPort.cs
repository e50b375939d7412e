using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;

namespace MeshMcp.Contracts.Nodes;

/// <summary>Addresses in configuration: <c>10.1.0.1:9575</c>, <c>[::1]:9575</c>, <c>node.example:9575</c>. The port is always given.</summary>
public static class HostPort
{
    public const string Form = "ADDRESS:PORT, for example 10.1.0.1:9575";

    /// <summary>An <see cref="IPEndPoint"/>, or a <see cref="DnsEndPoint"/> for a name.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out EndPoint? address)
    {
        address = null;
        var colon = text.LastIndexOf(':');
        if (colon < 1 || !ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port)) return false;
        var host = text[..colon];
        if (host.StartsWith('[') && host.EndsWith(']') && IPAddress.TryParse(host[1..^1], out var six)) address = new IPEndPoint(six, port);
        else
            address = Uri.CheckHostName(host) switch
            {
                UriHostNameType.IPv4 => new IPEndPoint(IPAddress.Parse(host), port),
                UriHostNameType.Dns => new DnsEndPoint(host, port),
                _ => null,
            };
        return address is not null;
    }
}
