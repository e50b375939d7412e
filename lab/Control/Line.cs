using System.Net.Sockets;
using System.Text.Json;
using MeshMcp.Contracts.Errors;

namespace MeshMcp.Lab.Control;

/// <summary>
/// The line to a lab's supervisor: an abstract socket, which only one process can hold and which is gone when that process is,
/// so it says at once whether the lab is up. Both ends speak to root only. A request is one line: <c>state</c> (answers when the lab is ready),
/// <c>stop DAEMON</c>, <c>start DAEMON</c>, <c>add NODE</c>, <c>remove NODE</c>, <c>down</c>.
/// </summary>
static class Line
{
    static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    public static UnixDomainSocketEndPoint Address(Site site) => new($"\0meshmcp-lab/{site.Prefix}");

    /// <summary>Null when no supervisor holds the line.</summary>
    public static async Task<LabState?> AskAsync(Site site, string request, IProgress<string>? progress = null, CancellationToken ct = default)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(Address(site), ct);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused)
        {
            return null;
        }
        if (!IsRoot(socket)) throw new MeshException(ErrorKind.PermissionDenied, $"Another user's process answers for the lab '{site.Prefix}'.");
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(ct);
        deadline.CancelAfter(Patience);
        await using var stream = new NetworkStream(socket);
        using var reader = new StreamReader(stream);
        await using var writer = new StreamWriter(stream) { AutoFlush = true };
        await writer.WriteLineAsync(request.AsMemory(), deadline.Token);
        while (await reader.ReadLineAsync(deadline.Token) is { } line)
        {
            var answer = JsonSerializer.Deserialize(line, AnswerContext.Default.Answer)!;
            if (answer.Progress is not null) progress?.Report(answer.Progress);
            if (answer.State is not null) return answer.State;
            if (answer.Error is not null) throw new MeshException(ErrorKind.Unavailable, answer.Error, site.Prefix);
        }
        return null;
    }

    /// <summary>Whether root is at the other end (SO_PEERCRED: pid, uid, gid).</summary>
    public static bool IsRoot(Socket socket)
    {
        Span<byte> credentials = stackalloc byte[12];
        socket.GetRawSocketOption(1, 17, credentials);
        return BitConverter.ToUInt32(credentials[4..]) == 0;
    }
}
