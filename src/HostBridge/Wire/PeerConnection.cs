using System.Buffers;
using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.Trust;
using MeshMcp.HostBridge.Access;
using MeshMcp.HostBridge.Audit;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace MeshMcp.HostBridge.Wire;

/// <summary>
/// Establishes who is at the other end before a byte of HTTP is read: the kernel's word on the process, and from the relay,
/// and only from it, the preamble with its caller's certificate. Anything else is cut. Nobody has more places than his own, and root always has some.
/// </summary>
public sealed partial class PeerConnection
{
    const int SolSocket = 1, SoPeerCred = 17;
    const string Connecting = "connect", Relay = "relay", Others = "others", Leaving = "leaving";
    static readonly TimeSpan PreambleWithin = TimeSpan.FromSeconds(3);

    readonly Places _places = new();
    readonly ConnectionDelegate _next;
    readonly BridgeConfiguration _configuration;
    readonly AuditLog _audit;
    readonly TimeProvider _time;
    readonly ILogger _log;
    /// <summary>Those that came by the relay.</summary>
    readonly ConcurrentDictionary<ConnectionContext, MeshIdentity> _relayed = new();

    public PeerConnection(ConnectionDelegate next, BridgeConfiguration configuration, AuditLog audit, Revocations revocations, TimeProvider time, ILogger<PeerConnection> log)
    {
        (_next, _configuration, _audit, _time, _log) = (next, configuration, audit, time, log);
        // What a revoked certificate listens to ends; what it asks next is refused.
        revocations.Changed += () =>
        {
            foreach (var (connection, identity) in _relayed)
                if (revocations.Since(identity) is not null) connection.Abort();
        };
    }

    public async Task OnConnectionAsync(ConnectionContext connection)
    {
        var (pid, uid) = Credentials(connection.Features.Get<IConnectionSocketFeature>()!.Socket);
        var accepted = _time.GetTimestamp();
        if (uid != _configuration.RelayUid)
        {
            var peer = new Peer(pid, uid, null, accepted);
            using var place = uid == 0 ? _places.TryTake((Caller.OfUser(0), Limits.ConnectionsOfRoot)) : _places.TryTake((Caller.OfUser(uid), Limits.ConnectionsOfOne), (Others, Limits.ConnectionsOfOthers));
            await (place is null ? TurnAwayAsync(connection, peer) : ServeAsync(connection, peer));
            return;
        }
        using var relays = _places.TryTake((Relay, Limits.ConnectionsOfRelay), (Others, Limits.ConnectionsOfOthers));
        if (relays is null)
        {
            await TurnAwayAsync(connection, new(pid, uid, null, accepted));
            return;
        }
        var preamble = await PreambleAsync(connection);
        if (preamble is not null && RelayPreamble.Read(preamble) is { } certificate)
        {
            var peer = new Peer(pid, uid, certificate, accepted);
            using var place = _places.TryTake((peer.Unchecked.Proven, Limits.ConnectionsOfOne));
            await (place is null ? TurnAwayAsync(connection, peer) : ServeAsync(connection, peer));
            return;
        }
        var relay = new Peer(pid, uid, null, accepted).Unchecked;
        if (preamble is not null && RelayPreamble.ReadRefusal(preamble) is { } refusal)
            _audit.Refused(relay with { Says = refusal.Address }, Connecting, $"refused by the relay{(refusal.Count > 1 ? $" {refusal.Count} times" : "")}: {refusal.Reason}", refusal.Reason, count: refusal.Count);
        else
        {
            LogRefused(_log, uid, pid, "the relay sent no valid preamble");
            _audit.Refused(relay, Connecting, new MeshException(ErrorKind.PermissionDenied, "The relay sent no valid preamble."));
        }
        connection.Abort();
    }

    async Task ServeAsync(ConnectionContext connection, Peer peer)
    {
        connection.Features.Set(peer);
        if (peer.Certificate is { } certificate) _relayed[connection] = certificate;
        try
        {
            await _next(connection);
        }
        finally
        {
            _relayed.TryRemove(connection, out _);
        }
    }

    /// <summary>In the words of the wire, before a request was read.</summary>
    async Task TurnAwayAsync(ConnectionContext connection, Peer peer)
    {
        var error = new MeshError(ErrorKind.Unavailable, $"{peer.Unchecked.Proven} has as many connections to this node as it may, or all that are not root's are taken.", "connections", "Close some, and try again.");
        _audit.Refused(peer.Unchecked, Connecting, new MeshException(error));
        var body = JsonSerializer.SerializeToUtf8Bytes(error, MeshJson.Default.MeshError);
        using var limit = new CancellationTokenSource(PreambleWithin);
        using var leaving = _places.TryTake((Leaving, Limits.ConnectionsLeaving));
        try
        {
            await connection.Transport.Output.WriteAsync((byte[])[.. Encoding.ASCII.GetBytes($"HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n"), .. body], limit.Token);
            // Whoever is still sending when the socket is closed gets an error in the place of the answer: he ends it, as the answer says, or the time does.
            while (leaving is not null && await connection.Transport.Input.ReadAsync(limit.Token) is { IsCompleted: false } read) connection.Transport.Input.AdvanceTo(read.Buffer.End);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // Gone, or slow to go.
        }
    }

    /// <summary>The first line; null when it is too long, or does not come.</summary>
    static async Task<byte[]?> PreambleAsync(ConnectionContext connection)
    {
        using var limit = new CancellationTokenSource(PreambleWithin);
        try
        {
            while (true)
            {
                var read = await connection.Transport.Input.ReadAsync(limit.Token);
                if (read.Buffer.PositionOf((byte)'\n') is { } end)
                {
                    var line = read.Buffer.Slice(0, end);
                    var preamble = line.Length < RelayPreamble.Longest ? line.ToArray() : null;
                    connection.Transport.Input.AdvanceTo(read.Buffer.GetPosition(1, end));
                    return preamble;
                }
                if (read.IsCompleted || read.Buffer.Length >= RelayPreamble.Longest) return null;
                connection.Transport.Input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            return null;
        }
    }

    static (int Pid, uint Uid) Credentials(Socket socket)
    {
        Span<byte> credentials = stackalloc byte[12]; // struct ucred: pid, uid, gid
        socket.GetRawSocketOption(SolSocket, SoPeerCred, credentials);
        return (MemoryMarshal.Read<int>(credentials), MemoryMarshal.Read<uint>(credentials[4..]));
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Connection of uid {Uid}, pid {Pid} refused: {Reason}")]
    static partial void LogRefused(ILogger log, uint uid, int pid, string reason);
}
