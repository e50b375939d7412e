namespace MeshMcp.HostBridge.Access;

/// <summary>Who is at the other end of a connection, established before a byte of HTTP is read.</summary>
/// <param name="Certificate">The identity that the relay vouches for; null on the socket itself.</param>
/// <param name="Accepted">Timestamp of <see cref="TimeProvider.GetTimestamp"/>.</param>
public sealed record Peer(int Pid, uint Uid, RelayedIdentity? Certificate, long Accepted);

/// <summary>The certificate of a caller, as the relay passes it on in its preamble.</summary>
public sealed record RelayedIdentity(string Role, string Name, string Fingerprint);
