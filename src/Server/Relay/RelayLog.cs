using System.Net;

namespace MeshMcp.Server.Relay;

static partial class RelayLog
{
    [LoggerMessage(1, LogLevel.Information, "listening on {Address}")]
    public static partial void Listening(this ILogger log, EndPoint address);

    [LoggerMessage(2, LogLevel.Information, "{Peer} is {Identity}, certificate {Fingerprint}")]
    public static partial void Opened(this ILogger log, EndPoint peer, string identity, string fingerprint);

    [LoggerMessage(3, LogLevel.Debug, "{Peer} left")]
    public static partial void Closed(this ILogger log, EndPoint peer);

    [LoggerMessage(4, LogLevel.Warning, "{Peer} refused: its certificate {Reason}")]
    public static partial void Refused(this ILogger log, EndPoint peer, string reason);

    [LoggerMessage(5, LogLevel.Warning, "{Peer} refused: no TLS handshake: {Reason}")]
    public static partial void NoHandshake(this ILogger log, EndPoint peer, string reason);

    [LoggerMessage(6, LogLevel.Warning, "{Peer} and perhaps others refused: too many connections")]
    public static partial void TooMany(this ILogger log, EndPoint peer);

    [LoggerMessage(7, LogLevel.Error, "{Peer} turned away: {Reason}")]
    public static partial void NoHostBridge(this ILogger log, EndPoint peer, string reason);

    [LoggerMessage(8, LogLevel.Error, "the changed certificate files are not usable, the earlier stay in use: {Reason}")]
    public static partial void NotRenewed(this ILogger log, string reason);

    [LoggerMessage(9, LogLevel.Error, "accepting on {Address} failed, trying again: {Reason}")]
    public static partial void NotAccepting(this ILogger log, EndPoint? address, string reason);

    [LoggerMessage(10, LogLevel.Error, "{Peer}: the connection failed")]
    public static partial void Failed(this ILogger log, EndPoint peer, Exception e);

    [LoggerMessage(11, LogLevel.Information, "stopping, {Count} connections open")]
    public static partial void Stopping(this ILogger log, int count);
}
