using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace MeshMcp.TestServers;

/// <summary>A host bridge that says what a test wrote down for it, over the real wire on a real Unix socket.</summary>
sealed class ScriptedNode : IAsyncDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("meshmcp-node-").FullName;
    readonly ConcurrentDictionary<string, Func<HttpContext, Task>> _answers = [];
    readonly ConcurrentQueue<SeenRequest> _seen = [];
    readonly WebApplication _app;

    ScriptedNode()
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.ListenUnixSocket(Socket));
        _app = builder.Build();
        _app.Run(AnswerAsync);
    }

    public string Socket => Path.Combine(_folder, "bridge.sock");

    public NodeEndpoint Endpoint => new NodeEndpoint.Local(Socket);

    public IReadOnlyList<SeenRequest> Seen => [.. _seen];

    /// <summary>What nobody wrote down an answer for; not found unless given.</summary>
    public Func<HttpContext, Task> Otherwise { get; set; } = context =>
    {
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    };

    public static async Task<ScriptedNode> StartAsync()
    {
        var node = new ScriptedNode();
        await node._app.StartAsync();
        return node;
    }

    /// <param name="request">Method and path, <c>GET /v1/node</c>.</param>
    public void On(string request, Func<HttpContext, Task> answer) => _answers[request] = answer;

    public void Says<T>(string request, T value, JsonTypeInfo<T> type) => On(request, context => context.Response.WriteAsJsonAsync(value, type));

    public void Refuses(string request, int status, MeshError error) => On(request, context =>
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsJsonAsync(error, MeshJson.Default.MeshError);
    });

    /// <param name="cut">End the connection after the last line in place of ending the answer.</param>
    /// <param name="held">Awaited between the first line and the others.</param>
    public void Reports(string request, IEnumerable<ApplyEvent> events, bool cut = false, Task? held = null) => On(request, async context =>
    {
        context.Response.ContentType = "application/x-ndjson";
        foreach (var (index, happened) in events.Index())
        {
            if (index == 1 && held is not null) await held.WaitAsync(context.RequestAborted);
            await JsonSerializer.SerializeAsync(context.Response.Body, happened, MeshJson.Default.ApplyEvent);
            await context.Response.WriteAsync("\n");
            await context.Response.Body.FlushAsync();
        }
        if (cut) context.Abort();
    });

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    async Task AnswerAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        var name = $"{context.Request.Method} {context.Request.Path}";
        _seen.Enqueue(new(name, await reader.ReadToEndAsync(), context.Request.Headers[CallerIdentity.NameHeader], context.Request.Headers[CallerIdentity.ScopeHeader], context.Connection.Id) { Query = context.Request.QueryString.Value ?? "" });
        await _answers.GetValueOrDefault(name, Otherwise)(context);
    }
}

sealed record SeenRequest(string Name, string Body, string? Caller, string? Scope, string Connection)
{
    public string Query { get; init; } = "";
}
