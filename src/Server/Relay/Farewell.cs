using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Json;

namespace MeshMcp.Server.Relay;

/// <summary>Ends a connection so that the peer reads why: a socket closed with unread bytes in it is reset, and a reset can overtake the answer.</summary>
static class Farewell
{
    /// <summary>Answers the peer's first request with <paramref name="error"/>, as 403 or 503, then closes.</summary>
    public static async Task SayAsync(SslStream tls, Socket socket, MeshError error, RelayLimits limits, CancellationToken stopping)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        limit.CancelAfter(limits.Handshake);
        if (await tls.ReadAsync(new byte[1], limit.Token) == 0) return;
        var body = JsonSerializer.SerializeToUtf8Bytes(error, MeshJson.Default.MeshError);
        var status = error.Kind == ErrorKind.PermissionDenied ? "403 Forbidden" : "503 Service Unavailable";
        var head = $"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n";
        await tls.WriteAsync((byte[])[.. Encoding.ASCII.GetBytes(head), .. body], limit.Token);
        await tls.ShutdownAsync();
        await WaitAsync(tls, socket, limits.Farewell);
    }

    /// <summary>Sends nothing more and reads until the peer leaves, or until <paramref name="within"/> is over.</summary>
    public static async Task WaitAsync(Stream stream, Socket socket, TimeSpan within)
    {
        using var limit = new CancellationTokenSource(within);
        var buffer = new byte[16 * 1024];
        try
        {
            socket.Shutdown(SocketShutdown.Send);
            while (await stream.ReadAsync(buffer, limit.Token) > 0)
            {
            }
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
        {
            // Gone, or slow to go: both are the end.
        }
    }
}
