using MeshMcp.Contracts.Trust;

namespace MeshMcp.Contracts.Nodes;

/// <summary>Where a node's host bridge is reached.</summary>
public abstract record NodeEndpoint
{
    NodeEndpoint()
    {
    }

    /// <summary>The host bridge's Unix socket on this machine.</summary>
    public sealed record Local(string SocketPath) : NodeEndpoint;

    /// <summary>The node's relay.</summary>
    /// <param name="Node">The name its certificate must carry.</param>
    /// <param name="Address">As <see cref="HostPort"/> reads it.</param>
    public sealed record Relay(string Node, string Address, MeshCertificates Certificates) : NodeEndpoint;
}
