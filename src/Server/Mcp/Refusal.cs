using System.Text.Json;
using System.Text.Json.Nodes;
using MeshMcp.Server.Http;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;

namespace MeshMcp.Server.Mcp;

/// <summary>A request turned away before it reaches a tool: the HTTP status and the JSON-RPC error of its body.</summary>
sealed record Refusal(int Status, McpErrorCode Code, string Message, JsonNode? Detail = null)
{
    /// <summary>For refusals that JSON-RPC has no code for.</summary>
    public const McpErrorCode General = (McpErrorCode)(-32000);

    public const McpErrorCode SessionNotFound = (McpErrorCode)(-32001);

    /// <summary>The version list is the one <c>server/discover</c> gives: the versions a client can choose per request.</summary>
    public static Refusal UnsupportedVersion(string asked) => new(StatusCodes.Status400BadRequest, McpErrorCode.UnsupportedProtocolVersion,
        $"Unsupported protocol version '{asked}'",
        JsonSerializer.SerializeToNode(new UnsupportedProtocolVersionErrorData { Supported = [ProtocolVersions.Stateless], Requested = asked },
            McpJsonUtilities.DefaultOptions.GetTypeInfo(typeof(UnsupportedProtocolVersionErrorData))));

    /// <param name="id">The refused request's id, once it is known.</param>
    public Task WriteAsync(HttpContext context, RequestId id = default)
    {
        if (context.RequestServices.GetService<RefusalForm>() is { } form) return form(context, this);
        context.Response.StatusCode = Status;
        context.Response.ContentType = "application/json";
        var error = new JsonRpcError { Id = id, Error = new() { Code = (int)Code, Message = Message, Data = Detail } };
        return JsonSerializer.SerializeAsync(context.Response.Body, error, McpJsonUtilities.DefaultOptions.GetTypeInfo(typeof(JsonRpcError)), context.RequestAborted);
    }
}
