using MeshMcp.Contracts.Errors;
using MeshMcp.Server.Nodes;
using MeshMcp.Tools.Calls;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace MeshMcp.Server.Mcp.Filters;

/// <summary>Turns what tools, resources and prompts throw into an answer the model can act on. What nobody foresaw is logged under an id, and only the id is told.</summary>
/// <param name="refusals">Hears of what was refused here, and not by a node, whose audit has it already.</param>
sealed partial class FaultFilter(ILogger log, RefusalReports? refusals)
{
    public McpRequestHandler<CallToolRequestParams, CallToolResult> Tool(McpRequestHandler<CallToolRequestParams, CallToolResult> next) => async (context, ct) =>
    {
        try
        {
            return await next(context, ct);
        }
        catch (Exception e) when (IsOurs(e, ct))
        {
            Tell(e, context.Call(), context.Params?.Name, ScopeFilter.NodeIn(context.Params?.Arguments));
            return ErrorResult.Of(Explain(e, context.Params?.Name));
        }
    };

    /// <summary>Only tools have results that are errors; everything else answers with a JSON-RPC error.</summary>
    public McpRequestHandler<TParams, TResult> Other<TParams, TResult>(McpRequestHandler<TParams, TResult> next) => async (context, ct) =>
    {
        try
        {
            return await next(context, ct);
        }
        catch (Exception e) when (IsOurs(e, ct))
        {
            Tell(e, context.Call(), context.JsonRpcRequest.Method, null);
            var error = Explain(e, context.JsonRpcRequest.Method);
            throw new McpProtocolException(ErrorResult.Text(error), e, error.Kind == ErrorKind.Bug ? McpErrorCode.InternalError : McpErrorCode.InvalidParams);
        }
    };

    /// <summary>Not the package's own: protocol errors, and the request for input from the user.</summary>
    static bool IsOurs(Exception e, CancellationToken ct) =>
        e is not McpException and not InputRequiredException && !(e is OperationCanceledException && ct.IsCancellationRequested);

    void Tell(Exception e, ICallContext call, string? what, string? node)
    {
        if (e is MeshException { Error.Kind: ErrorKind.PermissionDenied, IsOfNode: false } refusal) refusals?.Tell(call.CallerName, what ?? "", refusal.Message, node);
    }

    MeshError Explain(Exception e, string? what)
    {
        if (e is MeshException { Error: var error }) return error;
        var id = Guid.NewGuid().ToString("N")[..8];
        LogFault(log, id, what, e);
        return new(ErrorKind.Bug, $"{what} failed by a defect of MeshMcp", $"fault {id}", $"The server's log has the details under {id}; give it to the operator.");
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Fault {Id} in {What}")]
    static partial void LogFault(ILogger log, string id, string? what, Exception fault);
}
