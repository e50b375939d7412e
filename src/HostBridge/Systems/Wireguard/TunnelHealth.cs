namespace MeshMcp.HostBridge.Systems.Wireguard;

/// <summary>Judges whether the far end of a tunnel still answers. Pure.</summary>
public static class TunnelHealth
{
    /// <summary>A session that carries anything shakes hands every two minutes.</summary>
    public static readonly TimeSpan SilentAfter = TimeSpan.FromSeconds(180);
    /// <summary>A handshake is tried again every five seconds.</summary>
    static readonly TimeSpan FirstWithin = TimeSpan.FromSeconds(12);

    /// <summary>Whether the last handshake is recent.</summary>
    public static bool IsUp(WgPeer peer, DateTimeOffset now) => peer.Handshake is { } at && now - at <= SilentAfter;

    /// <param name="before">From when it was last well, or was first looked at, and when that was.</param>
    /// <returns>Something was sent since, and nobody has answered for too long.</returns>
    public static bool IsDead((WgPeer Peer, DateTimeOffset At) before, WgPeer peer, DateTimeOffset now) =>
        !IsUp(peer, now) && peer.Sent > (peer.Handshake is null ? 0 : before.Peer.Sent) && (peer.Handshake is not null || now - before.At >= FirstWithin);

    /// <summary>In words.</summary>
    public static string Verdict(WgPeer peer, DateTimeOffset now) => peer.Handshake switch
    {
        null => "never connected",
        { } at when now - at <= SilentAfter => "up",
        { } at => $"silent since {at:u}",
    };
}
