using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using MeshMcp.Lab.Namespaces;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace MeshMcp.Clients.Models;

/// <summary>
/// Stands in for the providers of models, in all dialects: what it says is said by the session that is played. It listens on the loopback of a place of
/// the lab, from where no client gets to the true ones.
/// </summary>
sealed class ScriptedModel : IAsyncDisposable
{
    readonly WebApplication app;
    Session? played;

    ScriptedModel(WebApplication app) => this.app = app;

    public Uri Url { get; private set; } = null!;

    public static async Task<ScriptedModel> StartAsync(Place place, CancellationToken ct)
    {
        var builder = WebApplication.CreateEmptyBuilder(new() { ApplicationName = "meshmcp-clients" });
        Socket? listener = null;
        builder.WebHost.UseKestrelCore().UseSockets(sockets => sockets.CreateBoundListenSocket = end => listener = place.Inside(() =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(end);
            return socket;
        })).ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Listen(IPAddress.Loopback, 0);
        });
        // Signals are for the program, which ends more than this.
        builder.Services.AddSingleton<IHostLifetime, EndsWithItsProgram>();
        var model = new ScriptedModel(builder.Build());
        model.app.Run(model.AnswerAsync);
        await model.app.StartAsync(ct);
        model.Url = new($"http://127.0.0.1:{((IPEndPoint)listener!.LocalEndPoint!).Port}");
        return model;
    }

    /// <summary>From now on; null: nothing.</summary>
    public void Play(Session? session) => played = session;

    async Task AnswerAsync(HttpContext context)
    {
        if (played is not { } session || !session.Dialect.Speaks(context.Request.Path))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            await context.Response.WriteAsync("{}", context.RequestAborted);
            return;
        }
        var request = (await JsonSerializer.DeserializeAsync<JsonNode>(context.Request.Body, cancellationToken: context.RequestAborted))!;
        await session.Dialect.AnswerAsync(context, request, await session.NextAsync(request, context.RequestAborted));
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    sealed class EndsWithItsProgram : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
