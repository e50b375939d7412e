using System.Net;
using System.Net.Sockets;
using System.Text;
using MeshMcp.Lab.Topology;

namespace MeshMcp.Lab.Internet;

/// <summary>The web server of the lab's internet: says who it sees (<c>client=198.18.0.2 port=80</c>), and behind <c>/N</c> sends N bytes more.</summary>
static class Web
{
    const int Piece = 64 * 1024, LongestHead = 8 * 1024;

    public static Task ServeAsync(CancellationToken ct) => Task.WhenAll(Map.WebPorts.Select(port => ServeAsync(port, ct)));

    static async Task ServeAsync(int port, CancellationToken ct)
    {
        using var listener = new TcpListener(IPAddress.Parse(Map.WebAddress), port);
        listener.Start();
        while (!ct.IsCancellationRequested) _ = AnswerAsync(await listener.AcceptTcpClientAsync(ct), port, ct);
    }

    static async Task AnswerAsync(TcpClient client, int port, CancellationToken ct)
    {
        using (client)
        {
            try
            {
                var stream = client.GetStream();
                var words = Encoding.UTF8.GetBytes($"client={((IPEndPoint)client.Client.RemoteEndPoint!).Address} port={port}\n");
                var more = MoreIn(await HeadAsync(stream, ct));
                await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Length: {words.Length + more}\r\nConnection: close\r\n\r\n"), ct);
                await stream.WriteAsync(words, ct);
                var filler = new byte[Piece];
                for (var left = more; left > 0; left -= Piece) await stream.WriteAsync(filler.AsMemory(0, (int)Math.Min(Piece, left)), ct);
                client.Client.Shutdown(SocketShutdown.Send);
                // Until the other end has it all: a close with unread input would cut the answer off.
                while (await stream.ReadAsync(filler, ct) > 0)
                {
                }
            }
            catch (Exception e) when (e is IOException or SocketException)
            {
                // The client left.
            }
        }
    }

    static async Task<string> HeadAsync(NetworkStream stream, CancellationToken ct)
    {
        var (buffer, head) = (new byte[1024], "");
        while (!head.Contains("\r\n\r\n", StringComparison.Ordinal) && head.Length < LongestHead && await stream.ReadAsync(buffer, ct) is > 0 and var n) head += Encoding.ASCII.GetString(buffer, 0, n);
        return head;
    }

    /// <summary>The N of <c>GET /N HTTP/1.1</c>.</summary>
    static long MoreIn(string head) => head.Split(' ') is [_, ['/', .. var path], ..] && long.TryParse(path, out var n) && n >= 0 ? n : 0;
}
