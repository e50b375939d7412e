using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Trust;

namespace MeshMcp.Contracts.Nodes;

/// <summary>A TLS connection to a node's relay, both ends checked against the mesh's authority.</summary>
static class RelayConnection
{
    /// <summary>After this long without an acknowledgement the peer counts as dead: a caller must learn of it within 5 s.</summary>
    static readonly TimeSpan DeadAfter = TimeSpan.FromSeconds(4);
    const int TcpLevel = 6;
    const int TcpUserTimeout = 18;

    public static async ValueTask<Stream> OpenAsync(NodeEndpoint.Relay relay, CancellationToken ct)
    {
        if (!HostPort.TryParse(relay.Address, out var address))
            throw new MeshException(ErrorKind.InvalidArgument, $"'{relay.Address}' is not the address of a relay.", relay.Node, $"Write {HostPort.Form}.");
        var credentials = relay.Certificates.Current();
        if (credentials.Verify(MeshRole.Server, TimeProvider.System.GetUtcNow()) is PeerVerification.Refused own)
            throw new MeshException(ErrorKind.PermissionDenied, $"Our own certificate {own.Message}.", relay.Node, own.Hint);

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(NodeTransport.ConnectWithin);
        var socket = SocketFor(address);
        PeerVerification.Refused? refused = null;
        try
        {
            await socket.ConnectAsync(address, limit.Token);
            var tls = new SslStream(new NetworkStream(socket, ownsSocket: true));
            await tls.AuthenticateAsClientAsync(Options(relay, credentials, verdict => refused = verdict), limit.Token);
            return tls;
        }
        catch (Exception e)
        {
            socket.Dispose();
            if (ct.IsCancellationRequested) throw;
            throw Fault(relay, refused, e);
        }
    }

    static Socket SocketFor(EndPoint address)
    {
        var socket = address is IPEndPoint ip ? new Socket(ip.AddressFamily, SocketType.Stream, ProtocolType.Tcp) : new Socket(SocketType.Stream, ProtocolType.Tcp);
        socket.NoDelay = true;
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, 2);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, 1);
        socket.SetRawSocketOption(TcpLevel, TcpUserTimeout, BitConverter.GetBytes((int)DeadAfter.TotalMilliseconds));
        return socket;
    }

    static SslClientAuthenticationOptions Options(NodeEndpoint.Relay relay, MeshCredentials credentials, Action<PeerVerification.Refused> refuse) => new()
    {
        TargetHost = relay.Node,
        ClientCertificateContext = credentials.Context,
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        CertificateChainPolicy = credentials.Trust.Chain(),
        // Every connection proves both ends anew, also after a renewal or a change of authority.
        AllowTlsResume = false,
        RemoteCertificateValidationCallback = (_, certificate, _, _) =>
        {
            var verdict = credentials.Trust.Verify(certificate as X509Certificate2, MeshRole.Node, relay.Node, TimeProvider.System.GetUtcNow());
            if (verdict is PeerVerification.Accepted { Identity: var identity } && relay.Certificates.Revoked.Since(identity) is not null)
                verdict = new PeerVerification.Refused(PeerRefusal.Revoked, $"of {identity} was revoked", "Somebody may have its key. Let the node join again: meshctl node invite NAME --again, on the node that holds the authority.");
            if (verdict is PeerVerification.Refused no) refuse(no);
            return verdict is PeerVerification.Accepted;
        },
    };

    static MeshException Fault(NodeEndpoint.Relay relay, PeerVerification.Refused? refused, Exception e) => e switch
    {
        AuthenticationException when refused is not null =>
            new(ErrorKind.PermissionDenied, $"The relay of node {relay.Node} at {relay.Address} is not trusted: its certificate {refused.Message}.", relay.Node, refused.Hint, e),
        OperationCanceledException =>
            new(ErrorKind.Unavailable, $"The relay of node {relay.Node} at {relay.Address} did not answer within {NodeTransport.ConnectWithin.TotalSeconds:0} s.", relay.Node, "Check that the tunnel to the node is up and that the node runs.", e),
        SocketException { SocketErrorCode: SocketError.ConnectionRefused } =>
            new(ErrorKind.Unavailable, $"Node {relay.Node} answers, but no relay listens on {relay.Address}.", relay.Node, "Start the relay on the node: meshmcp-server relay.", e),
        _ => new(ErrorKind.Unavailable, $"The relay of node {relay.Node} at {relay.Address} cannot be reached: {e.Message}", relay.Node, "Check the tunnel to the node, its relay, and the address in the configuration.", e),
    };
}
