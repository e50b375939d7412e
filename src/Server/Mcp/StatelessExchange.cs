using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace MeshMcp.Server.Mcp;

/// <summary>One request of 2026-07-28: a server made for it, and thrown away with its answer.</summary>
sealed class StatelessExchange(Dialects dialects, ILoggerFactory logs)
{
    public async Task RunAsync(HttpContext context, JsonRpcMessage message)
    {
        message.Context!.ProtocolVersion = ProtocolVersions.Stateless;
        await using var transport = new StreamableHttpServerTransport(logs) { Stateless = true };
        await using var server = McpServer.Create(transport, dialects.Stateless, logs, context.RequestServices);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        var running = server.RunAsync(ended.Token);
        context.Response.BeginEvents();
        try
        {
            if (!await transport.HandlePostRequestAsync(message, context.Response.Body, first => Starting(context.Response, first), ended.Token))
                context.Response.EndWithoutEvents();
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Closing the answer is how a client of this revision cancels.
        }
        await transport.DisposeAsync();
        await ended.CancelAsync();
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>This revision gives some JSON-RPC errors a status of their own, which can be set only before the first byte.</summary>
    static ValueTask Starting(HttpResponse response, JsonRpcMessage? first)
    {
        if (first is JsonRpcError error && !response.HasStarted)
            response.StatusCode = (McpErrorCode)error.Error.Code switch
            {
                McpErrorCode.MethodNotFound => StatusCodes.Status404NotFound,
                McpErrorCode.MissingRequiredClientCapability or McpErrorCode.UnsupportedProtocolVersion or McpErrorCode.HeaderMismatch => StatusCodes.Status400BadRequest,
                _ => response.StatusCode,
            };
        return default;
    }
}
