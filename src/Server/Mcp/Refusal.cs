using System.Text.Json;
using System.Text.Json.Nodes;
using MeshMcp.Contracts.Logs;
using MeshMcp.Server.Http;
using MeshMcp.Server.Nodes;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;

namespace MeshMcp.Server.Mcp;

/// <summary>A request turned away before it reaches a tool: the HTTP status and the JSON-RPC error of its body.</summary>
sealed record Refusal(int Status, McpErrorCode Code, string Message, JsonNode? Detail = null)
{
    /// <summary>What was asked for; null: the request itself says it.</summary>
    public string? What { get; init; }

    /// <summary>The node it was about, as far as it is known.</summary>
    public string? Node { get; init; }

    /// <summary>For refusals that JSON-RPC has no code for.</summary>
    public const McpErrorCode General = (McpErrorCode)(-32000);

    public const McpErrorCode SessionNotFound = (McpErrorCode)(-32001);

    /// <summary>The words list all that are spoken; the data, as the revision has it, those that <c>server/discover</c> gives, which a client can choose per request.</summary>
    public static Refusal UnsupportedVersion(string asked) => new(StatusCodes.Status400BadRequest, McpErrorCode.UnsupportedProtocolVersion,
        $"Unsupported protocol version '{asked}'; spoken are {ProtocolVersions.Stateless} and, after initialize, {string.Join(", ", ProtocolVersions.Sessions.Reverse())}",
        JsonSerializer.SerializeToNode(new UnsupportedProtocolVersionErrorData { Supported = [ProtocolVersions.Stateless], Requested = asked },
            McpJsonUtilities.DefaultOptions.GetTypeInfo(typeof(UnsupportedProtocolVersionErrorData))));

    /// <summary>Into the audit, under the token's name where there is one.</summary>
    void Tell(HttpContext context) => context.RequestServices.GetService<RefusalReports>()?.Tell(
        context.Features.Get<Caller>()?.Name ?? PeerAddress.Of(context.Connection.RemoteIpAddress), What ?? $"{context.Request.Method} {context.Request.Path}", Message, Node ?? NodeIn(context.Request.Path));

    static string? NodeIn(PathString path) => path.Value?.Split('/') is ["", "v1", "nodes", { Length: > 0 } node, ..] ? node : null;

    /// <param name="id">The refused request's id, once it is known.</param>
    public Task WriteAsync(HttpContext context, RequestId id = default)
    {
        if (Status is StatusCodes.Status401Unauthorized or StatusCodes.Status403Forbidden or StatusCodes.Status429TooManyRequests) Tell(context);
        if (context.RequestServices.GetService<RefusalForm>() is { } form) return form(context, this);
        context.Response.StatusCode = Status;
        context.Response.ContentType = "application/json";
        var error = new JsonRpcError { Id = id, Error = new() { Code = (int)Code, Message = Message, Data = Detail } };
        return JsonSerializer.SerializeAsync(context.Response.Body, error, McpJsonUtilities.DefaultOptions.GetTypeInfo(typeof(JsonRpcError)), context.RequestAborted);
    }
}
