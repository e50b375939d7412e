namespace MeshMcp.Server.Relay;

/// <summary>What one peer, and all together, may use of a relay.</summary>
/// <param name="Connections">At once, all peers.</param>
/// <param name="ConnectionsPerAddress">At once from one IP address.</param>
/// <param name="Handshake">From accepting a connection to its verified certificate.</param>
/// <param name="Idle">Without a byte in either direction. Longer than a client keeps an idle connection, and than the node's quiet event streams last.</param>
/// <param name="Farewell">For a refused peer to read why before the connection closes.</param>
/// <param name="Quiet">After a stop was asked for, a connection without a byte for this long ends.</param>
/// <param name="Stop">After a stop was asked for, what still runs ends.</param>
public sealed record RelayLimits(
    int Connections,
    int ConnectionsPerAddress,
    TimeSpan Handshake,
    TimeSpan Idle,
    TimeSpan Farewell,
    TimeSpan Quiet,
    TimeSpan Stop)
{
    public static RelayLimits Default { get; } = new(
        Connections: 1024,
        ConnectionsPerAddress: 256,
        Handshake: TimeSpan.FromSeconds(5),
        Idle: TimeSpan.FromMinutes(15),
        Farewell: TimeSpan.FromSeconds(1),
        Quiet: TimeSpan.FromMilliseconds(500),
        Stop: TimeSpan.FromSeconds(5));
}
