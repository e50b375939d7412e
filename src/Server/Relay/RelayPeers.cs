using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.Trust;

namespace MeshMcp.Server.Relay;

/// <summary>Takes one accepted connection through handshake, preamble and pump.</summary>
sealed class RelayPeers(MeshCertificates certificates, string socketPath, RelayLimits limits, TimeProvider clock, RelayRefusals refusals, ILogger log)
{
    MeshError? _loggedProblem;

    public async Task ServeAsync(Socket socket, IPEndPoint peer, CancellationToken stopping)
    {
        socket.NoDelay = true;
        await using var tls = new SslStream(new NetworkStream(socket, ownsSocket: false));
        switch (await HandshakeAsync(tls, peer, stopping))
        {
            case PeerVerification.Accepted { Identity: var identity }:
                log.Opened(peer, identity.ToString(), identity.Fingerprint);
                await PassAsync(tls, socket, peer, identity, stopping);
                break;
            case PeerVerification.Refused refused:
                await Farewell.SayAsync(tls, socket, new(ErrorKind.PermissionDenied, $"The node's relay refuses our certificate: it {refused.Message}.", Hint: refused.Hint), limits, stopping);
                break;
            default:
                await Farewell.WaitAsync(new NetworkStream(socket, ownsSocket: false), socket, limits.Farewell);
                break;
        }
        log.Closed(peer);
    }

    async Task PassAsync(SslStream tls, Socket socket, IPEndPoint peer, MeshIdentity identity, CancellationToken stopping)
    {
        NetworkStream host;
        try
        {
            host = await LocalConnection.OpenAsync(socketPath, stopping);
        }
        catch (MeshException e)
        {
            log.NoHostBridge(peer, e.Message);
            await Farewell.SayAsync(tls, socket, NoHostBridge(e), limits, stopping);
            return;
        }
        await using (host)
        using (var idle = new IdleClock(limits, stopping))
        {
            await host.WriteAsync(RelayPreamble.Of(identity), stopping);
            await BytePump.RunAsync((tls, () => EndWritingAsync(tls, socket)), (host, () => EndWritingAsync(host.Socket)), idle);
        }
    }

    /// <summary>Null when there is no connection, the reason then logged. Strangers get no handshake; a member of this mesh that may not enter gets one, to be told why.</summary>
    async Task<PeerVerification?> HandshakeAsync(SslStream tls, IPEndPoint peer, CancellationToken stopping)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        limit.CancelAfter(limits.Handshake);
        var credentials = Credentials();
        PeerVerification? verdict = null;
        try
        {
            await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions
            {
                ServerCertificateContext = credentials.Context,
                ClientCertificateRequired = true,
                EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
                CertificateChainPolicy = credentials.Trust.Chain(),
                // A resumed session would carry an old verdict past a renewal or a change of authority.
                AllowTlsResume = false,
                RemoteCertificateValidationCallback = (_, certificate, _, _) =>
                {
                    verdict = credentials.Trust.Verify(certificate as X509Certificate2, MeshRole.Server, null, clock.GetUtcNow());
                    return verdict is not PeerVerification.Refused { Reason: PeerRefusal.NoCertificate or PeerRefusal.OtherAuthority };
                },
            }, limit.Token);
            if (verdict is PeerVerification.Refused refused) Refuse(peer, refused);
            return verdict;
        }
        catch (Exception e) when (e is AuthenticationException or IOException or OperationCanceledException)
        {
            if (verdict is PeerVerification.Refused stranger) Refuse(peer, stranger);
            else if (!stopping.IsCancellationRequested)
                log.NoHandshake(peer, e is OperationCanceledException ? $"not finished within {limits.Handshake.TotalSeconds:0.#} s" : (e.InnerException ?? e).Message);
            return null;
        }
    }

    void Refuse(IPEndPoint peer, PeerVerification.Refused refused)
    {
        log.Refused(peer, refused.Message);
        refusals.Tell(peer.Address, $"its certificate {refused.Message}");
    }

    MeshCredentials Credentials()
    {
        var credentials = certificates.Current();
        var problem = certificates.RenewalProblem;
        if (problem is not null && problem != _loggedProblem) log.NotRenewed(problem.Message);
        _loggedProblem = problem;
        return credentials;
    }

    static MeshError NoHostBridge(MeshException e) =>
        new(ErrorKind.Unavailable, $"The node's relay answers, but its host bridge does not: {e.Message}", Hint: "Start meshmcp-hostbridge on that node, or wait until it is up, and try again.");

    static async Task EndWritingAsync(SslStream tls, Socket socket)
    {
        await tls.ShutdownAsync();
        await EndWritingAsync(socket);
    }

    static Task EndWritingAsync(Socket socket)
    {
        // The other end may be gone already, which says the same.
        try
        {
            socket.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
        }
        return Task.CompletedTask;
    }
}
