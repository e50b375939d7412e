using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace MeshMcp.Server.Mcp;

/// <summary>A client of 2025-11-25 or before, from its initialize to its DELETE or a long silence.</summary>
sealed class LegacySession : IAsyncDisposable
{
    readonly StreamableHttpServerTransport _transport;
    readonly McpServer _server;
    readonly ListenerStream _unasked = new();
    readonly CancellationTokenSource _closed = new();
    readonly Task _running;
    readonly Task _telling;

    public LegacySession(string id, string owner, McpServerOptions options, IServiceProvider services, ILoggerFactory logs)
    {
        Id = id;
        Owner = owner;
        _transport = new(logs) { SessionId = id };
        _server = McpServer.Create(_transport, options, logs, services);
        _running = _server.RunAsync(_closed.Token);
        _telling = _transport.HandleGetRequestAsync(_unasked, _closed.Token);
    }

    public string Id { get; }

    /// <summary>The caller that opened it; an id alone opens nothing to others.</summary>
    public string Owner { get; }

    /// <summary>Requests that use it now; guarded by the store's lock, as is <see cref="LastUsed"/>.</summary>
    public int Leases { get; set; }

    public long LastUsed { get; set; }

    /// <summary>An initialize that failed leaves this false, and its session is of no use.</summary>
    public bool IsInitialized => _server.NegotiatedProtocolVersion is not null;

    public async Task PostAsync(HttpContext context, JsonRpcMessage message)
    {
        context.Response.BeginEvents();
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, _closed.Token);
        try
        {
            await using var answer = new AnswerStream(context.Response.Body);
            if (!await _transport.HandlePostRequestAsync(message, answer, ended.Token)) context.Response.EndWithoutEvents();
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
        }
    }

    /// <summary>Keeps the GET open until the client leaves or the server stops; false when another one is open.</summary>
    public async Task<bool> ListenAsync(HttpContext context, CancellationToken stopping)
    {
        if (!_unasked.TryAttach(context.Response.Body)) return false;
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, _closed.Token, stopping);
        try
        {
            context.Response.BeginEvents();
            await context.Response.Body.FlushAsync(ended.Token);
            await Task.Delay(Timeout.InfiniteTimeSpan, ended.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
        }
        finally
        {
            await _unasked.DetachAsync();
        }
        return true;
    }

    public async ValueTask DisposeAsync()
    {
        await _closed.CancelAsync();
        await _transport.DisposeAsync();
        await Task.WhenAll(_running, _telling).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _server.DisposeAsync();
    }
}
