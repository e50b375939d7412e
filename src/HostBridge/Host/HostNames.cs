using System.Net;
using System.Net.Sockets;

namespace MeshMcp.HostBridge.Host;

/// <summary>Asks the host's resolver.</summary>
public sealed class HostNames
{
    /// <exception cref="SocketException">The name has no IPv4 address, or nobody answers.</exception>
    public Task<IPAddress[]> ResolveAsync(string name, CancellationToken ct) => Dns.GetHostAddressesAsync(name, AddressFamily.InterNetwork, ct);
}
