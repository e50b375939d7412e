using System.Buffers;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace MeshMcp.IntegrationTests.Relay;

/// <summary>A real HTTP server on a Unix socket that takes the relay's preamble off each connection, as the host bridge does.</summary>
sealed class StandInHostBridge : IAsyncDisposable
{
    readonly WebApplication _app;
    int _requests;

    StandInHostBridge(WebApplication app) => _app = app;

    public ConcurrentQueue<string> Preambles { get; } = new();

    public int Requests => _requests;

    /// <summary>Lets the stream of <c>/lines</c> go on to its next line.</summary>
    public SemaphoreSlim NextLine { get; } = new(0);

    public static async Task<StandInHostBridge> StartAsync(string socket)
    {
        File.Delete(socket);
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore();
        builder.Services.AddRoutingCore();
        StandInHostBridge? host = null;
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenUnixSocket(socket, listen => listen.Use(next => async connection =>
        {
            host!.Preambles.Enqueue(await PreambleOf(connection));
            await next(connection);
        })));
        var app = builder.Build();
        host = new StandInHostBridge(app);
        app.Use(async (context, next) =>
        {
            Interlocked.Increment(ref host._requests);
            await next(context);
        });
        app.MapGet("/hello", () => "hello");
        app.MapGet("/v1/node", () => Results.Json(new NodeStatus("edge1", "0.1.0", [], null, null, false, []), MeshJson.Default.NodeStatus));
        app.MapPost("/sha256", async (HttpRequest request) => Convert.ToHexStringLower(await SHA256.HashDataAsync(request.Body)));
        app.MapPost("/echo", async (HttpContext context) => await context.Request.Body.CopyToAsync(context.Response.Body));
        app.MapGet("/lines", async (HttpContext context) =>
        {
            for (var i = 0; ; i++)
            {
                await context.Response.WriteAsync($"line {i}\n", context.RequestAborted);
                await context.Response.Body.FlushAsync(context.RequestAborted);
                await host.NextLine.WaitAsync(context.RequestAborted);
            }
        });
        await app.StartAsync();
        return host;
    }

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource(TimeSpan.Zero);
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
        NextLine.Dispose();
    }

    static async Task<string> PreambleOf(ConnectionContext connection)
    {
        while (true)
        {
            var read = await connection.Transport.Input.ReadAsync();
            if (read.Buffer.PositionOf((byte)'\n') is { } end)
            {
                var line = Encoding.Latin1.GetString(read.Buffer.Slice(0, end));
                connection.Transport.Input.AdvanceTo(read.Buffer.GetPosition(1, end));
                return line;
            }
            connection.Transport.Input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            if (read.IsCompleted) return "";
        }
    }
}
