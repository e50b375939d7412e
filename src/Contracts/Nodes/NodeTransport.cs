using MeshMcp.Contracts.Errors;

namespace MeshMcp.Contracts.Nodes;

/// <summary>
/// The connections under a <see cref="NodeClient"/>. Each call of <see cref="Create"/> has its own, so what is sent through a new one
/// travels over a connection newer than anything done before: that is how a confirmation proves the path.
/// </summary>
public static class NodeTransport
{
    public static readonly TimeSpan ConnectWithin = TimeSpan.FromSeconds(3);

    /// <summary>Below the relay's own idle limit, so that a request is not sent into a connection that the relay is closing.</summary>
    static readonly TimeSpan KeepIdle = TimeSpan.FromSeconds(60);

    /// <summary>A connection proves what it was opened with: so that a renewed certificate is used for all long before the old one ends.</summary>
    static readonly TimeSpan KeepUsed = TimeSpan.FromHours(1);

    /// <summary>
    /// A handler for one node; requests use <c>http://</c> and any host name, TLS is inside. A failed connection surfaces as
    /// <see cref="HttpRequestException"/> around a <see cref="MeshException"/>: Unavailable (absent, refused, no answer within
    /// <see cref="ConnectWithin"/>, broken later) or PermissionDenied (a certificate, or the socket's mode). A relay that does not let
    /// us in answers 403, one without a host bridge 503, both with a <see cref="MeshError"/> as JSON.
    /// </summary>
    public static HttpMessageHandler Create(NodeEndpoint endpoint) => endpoint switch
    {
        NodeEndpoint.Local local => Over(async (_, ct) => await LocalConnection.OpenAsync(local.SocketPath, ct)),
        NodeEndpoint.Relay relay => new RelaySilence(relay, Over((_, ct) => RelayConnection.OpenAsync(relay, ct))),
        _ => throw new ArgumentOutOfRangeException(nameof(endpoint)),
    };

    static SocketsHttpHandler Over(Func<SocketsHttpConnectionContext, CancellationToken, ValueTask<Stream>> open) => new()
    {
        ConnectCallback = open,
        PooledConnectionIdleTimeout = KeepIdle,
        PooledConnectionLifetime = KeepUsed,
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
    };
}
