using MeshMcp.Contracts.Trust;

namespace MeshMcp.HostBridge.Access;

/// <summary>Who is at the other end of a connection, established before a byte of HTTP is read.</summary>
/// <param name="Certificate">The identity that the relay vouches for; null on the socket itself.</param>
/// <param name="Accepted">Timestamp of <see cref="TimeProvider.GetTimestamp"/>.</param>
public sealed record Peer(int Pid, uint Uid, MeshIdentity? Certificate, long Accepted)
{
    /// <summary>Who it is, before anything is known of what it may do.</summary>
    public Caller Unchecked => new(Certificate is { } own ? $"{MeshIdentity.WordOf(own.Role)}/{own.Name}" : Caller.OfUser(Uid), Scope.Read, Certificate is null, null, default);
}
