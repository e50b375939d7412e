using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Trust;
using MeshMcp.Lab.Namespaces;

namespace MeshMcp.Lab.Forwarding;

/// <summary>
/// The user's way in: each plain connection to a loopback port of the machine becomes one TLS connection from the place <c>user</c> to the
/// server's public address, its certificate checked against the mesh's authority and that address.
/// </summary>
sealed class Forwarder(Place user, IPEndPoint server, TrustStore trust, Action<string> log)
{
    /// <summary>Listens on <paramref name="port"/>; when none was asked for and the usual one is taken, on a free one.</summary>
    /// <exception cref="MeshException">Conflict: the port that was asked for is taken.</exception>
    public static Socket Listen(int? port, int usual)
    {
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        if (!TryBind(port ?? usual) && (port is not null || !TryBind(0)))
            throw new MeshException(ErrorKind.Conflict, $"Port {port} of 127.0.0.1 is taken.", "port", "Ask for another with --port, or for none.");
        listener.Listen();
        return listener;

        bool TryBind(int wanted)
        {
            try
            {
                listener.Bind(new IPEndPoint(IPAddress.Loopback, wanted));
                return true;
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                return false;
            }
        }
    }

    /// <summary>What people of this machine write to get here.</summary>
    public static string Url(Socket listener) => $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndPoint!).Port}";

    public async Task ServeAsync(Socket listener, CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
            _ = ForwardAsync(await listener.AcceptAsync(ct), ct);
    }

    /// <summary>The end of either side is the end of both.</summary>
    async Task ForwardAsync(Socket accepted, CancellationToken ct)
    {
        await using var near = new NetworkStream(accepted, ownsSocket: true);
        accepted.NoDelay = true;
        try
        {
            await using var far = await ConnectAsync(ct);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(ct);
            await Task.WhenAny(near.CopyToAsync(far, either.Token), far.CopyToAsync(near, either.Token));
            await either.CancelAsync();
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            log($"{server}: {e.Message}");
        }
    }

    async Task<SslStream> ConnectAsync(CancellationToken ct)
    {
        var socket = user.Inside(() => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true });
        SslStream? stream = null;
        try
        {
            await socket.ConnectAsync(server, ct);
            stream = new SslStream(new NetworkStream(socket, ownsSocket: true));
            var chain = trust.Chain();
            chain.VerificationFlags = X509VerificationFlags.NoFlag;
            await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = $"{server.Address}", CertificateChainPolicy = chain }, ct);
            return stream;
        }
        catch
        {
            if (stream is not null) await stream.DisposeAsync();
            socket.Dispose();
            throw;
        }
    }
}
