using System.Net;
using System.Net.Sockets;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Trust;

namespace MeshMcp.Server.Relay;

/// <summary>
/// The unprivileged door of a node: TLS with a server's certificate on one side, the host bridge's Unix socket on the other,
/// one Unix connection for each TLS connection.
/// </summary>
public sealed class RelayDoor : IAsyncDisposable
{
    const int Backlog = 512;
    const int IpLevel = 0;
    const int IpFreeBind = 15;
    const int Ipv6Level = 41;
    const int Ipv6FreeBind = 78;
    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    readonly RelayLimits _limits;
    readonly ILogger _log;
    readonly RelayPeers _peers;
    readonly RelayRefusals _refusals;
    readonly ConnectionCount _count;
    readonly CancellationTokenSource _stopping = new();
    readonly List<Socket> _listeners = [];
    readonly HashSet<Task> _open = [];
    readonly List<Task> _accepting = [];
    bool _full;

    RelayDoor(RelayPeers peers, RelayRefusals refusals, RelayLimits limits, ILogger log) =>
        (_peers, _refusals, _limits, _log, _count) = (peers, refusals, limits, log, new ConnectionCount(limits.Connections, limits.ConnectionsPerAddress));

    /// <summary>Where it listens, with the ports that were chosen for port 0.</summary>
    public IReadOnlyList<IPEndPoint> Addresses => [.. _listeners.Select(l => (IPEndPoint)l.LocalEndPoint!)];

    /// <summary>Reads the certificates, listens on every address and serves until disposed.</summary>
    /// <exception cref="MeshException">A certificate file cannot be used, or an address is taken.</exception>
    public static RelayDoor Open(RelayConfiguration configuration, RelayLimits limits, TimeProvider clock, ILogger log)
    {
        var certificates = new MeshCertificates(configuration.Authority, configuration.Certificate);
        if (certificates.Current().Verify(MeshRole.Node, clock.GetUtcNow()) is PeerVerification.Refused refused)
            throw new MeshException(ErrorKind.InvalidArgument, $"The relay's own certificate {refused.Message}.", configuration.Certificate.Certificate, refused.Hint);
        var refusals = new RelayRefusals(configuration.Socket, clock);
        var door = new RelayDoor(new RelayPeers(certificates, configuration.Socket, limits, clock, refusals, log), refusals, limits, log);
        try
        {
            foreach (var address in configuration.Listen) door._listeners.Add(ListenerOn(address));
        }
        catch
        {
            foreach (var listener in door._listeners) listener.Dispose();
            throw;
        }
        foreach (var listener in door._listeners)
        {
            log.Listening(listener.LocalEndPoint!);
            door._accepting.Add(door.AcceptAsync(listener));
        }
        return door;
    }

    /// <summary>Accepts nothing more, lets running exchanges end, and cuts what still runs after <see cref="RelayLimits.Stop"/>.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_stopping.IsCancellationRequested) return;
        await _stopping.CancelAsync();
        foreach (var listener in _listeners) listener.Dispose();
        await Task.WhenAll(_accepting);
        Task[] open;
        lock (_open) open = [.. _open];
        _log.Stopping(open.Length);
        await Task.WhenAll(open);
        await _refusals.DisposeAsync();
    }

    /// <summary>The mesh's address may appear after the relay's start: the kernel lets a free bind wait for it.</summary>
    static Socket ListenerOn(IPEndPoint address)
    {
        var listener = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            var (level, option) = address.AddressFamily == AddressFamily.InterNetwork ? (IpLevel, IpFreeBind) : (Ipv6Level, Ipv6FreeBind);
            listener.SetRawSocketOption(level, option, BitConverter.GetBytes(1));
            listener.Bind(address);
            listener.Listen(Backlog);
            return listener;
        }
        catch (SocketException e)
        {
            listener.Dispose();
            throw new MeshException(ErrorKind.Conflict, $"The relay cannot listen on {address}: {e.Message}", address.ToString(), "Another program may hold the port: ss -ltnp shows which.", e);
        }
    }

    async Task AcceptAsync(Socket listener)
    {
        while (!_stopping.IsCancellationRequested)
            try
            {
                Serve(await listener.AcceptAsync(_stopping.Token));
            }
            catch (Exception) when (_stopping.IsCancellationRequested)
            {
                return;
            }
            catch (SocketException e)
            {
                // Out of descriptors, most likely: connections that end free some.
                _log.NotAccepting(listener.LocalEndPoint, e.Message);
                await Task.Delay(Pause, CancellationToken.None);
            }
    }

    void Serve(Socket socket)
    {
        if (socket.RemoteEndPoint is not IPEndPoint peer || !_count.TryEnter(peer.Address))
        {
            if (socket.RemoteEndPoint is IPEndPoint refused)
            {
                if (!_full) _log.TooMany(refused);
                _refusals.Tell(refused.Address, "too many connections");
            }
            _full = true;
            socket.Dispose();
            return;
        }
        _full = false;
        var connection = ServeAsync(socket, peer);
        lock (_open) _open.Add(connection);
        connection.ContinueWith(done =>
        {
            lock (_open) _open.Remove(done);
        }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    }

    async Task ServeAsync(Socket socket, IPEndPoint peer)
    {
        await Task.Yield();
        try
        {
            await _peers.ServeAsync(socket, peer, _stopping.Token);
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            _log.Closed(peer);
        }
        catch (Exception e)
        {
            _log.Failed(peer, e);
        }
        finally
        {
            socket.Dispose();
            _count.Leave(peer.Address);
        }
    }
}
