using System.Net;
using System.Text;
using MeshMcp.Lab.Topology;

namespace MeshMcp.Lab.Internet;

/// <summary>The web server of the lab's internet: says who it sees (<c>client=198.18.0.2 port=80</c>), and behind <c>/N</c> sends N bytes more.</summary>
static class Web
{
    const int Piece = 64 * 1024;

    public static async Task ServeAsync(CancellationToken ct)
    {
        using var listener = new HttpListener();
        foreach (var port in Map.WebPorts) listener.Prefixes.Add($"http://{Map.WebAddress}:{port}/");
        foreach (var port in Map.WebPorts) listener.Prefixes.Add($"http://{Map.WebName}:{port}/");
        listener.Start();
        using var stop = ct.Register(listener.Stop);
        while (!ct.IsCancellationRequested)
        {
            try
            {
                _ = AnswerAsync(await listener.GetContextAsync());
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                if (ct.IsCancellationRequested) return;
            }
        }
    }

    static async Task AnswerAsync(HttpListenerContext context)
    {
        try
        {
            var words = Encoding.UTF8.GetBytes($"client={context.Request.RemoteEndPoint.Address} port={context.Request.LocalEndPoint.Port}\n");
            var more = long.TryParse(context.Request.Url?.AbsolutePath.TrimStart('/'), out var n) ? n : 0;
            context.Response.ContentLength64 = words.Length + more;
            await context.Response.OutputStream.WriteAsync(words);
            var filler = new byte[Piece];
            for (var left = more; left > 0; left -= Piece) await context.Response.OutputStream.WriteAsync(filler.AsMemory(0, (int)Math.Min(Piece, left)));
            context.Response.Close();
        }
        catch (Exception e) when (e is HttpListenerException or IOException)
        {
            // The client left.
        }
    }
}
