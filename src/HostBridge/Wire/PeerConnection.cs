using System.Buffers;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.Trust;
using MeshMcp.HostBridge.Access;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace MeshMcp.HostBridge.Wire;

/// <summary>
/// Establishes who is at the other end before a byte of HTTP is read: the kernel's word on the process, and from the relay,
/// and only from it, the preamble with its caller's certificate. Anything else is cut.
/// </summary>
public sealed partial class PeerConnection(ConnectionDelegate next, BridgeConfiguration configuration, TimeProvider time, ILogger<PeerConnection> log)
{
    const int SolSocket = 1, SoPeerCred = 17;
    static readonly TimeSpan PreambleWithin = TimeSpan.FromSeconds(3);

    public async Task OnConnectionAsync(ConnectionContext connection)
    {
        var (pid, uid) = Credentials(connection.Features.Get<IConnectionSocketFeature>()!.Socket);
        MeshIdentity? certificate = null;
        if (uid == configuration.RelayUid && (certificate = await PreambleAsync(connection)) is null)
        {
            LogRefused(log, uid, pid, "the relay sent no valid preamble");
            connection.Abort();
            return;
        }
        connection.Features.Set(new Peer(pid, uid, certificate, time.GetTimestamp()));
        await next(connection);
    }

    static async Task<MeshIdentity?> PreambleAsync(ConnectionContext connection)
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
                    var identity = line.Length < RelayPreamble.Longest ? RelayPreamble.Read(line.ToArray()) : null;
                    connection.Transport.Input.AdvanceTo(read.Buffer.GetPosition(1, end));
                    return identity;
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
