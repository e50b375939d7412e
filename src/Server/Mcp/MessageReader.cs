using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Net.Http.Headers;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;

namespace MeshMcp.Server.Mcp;

/// <summary>Reads the one JSON-RPC message of a POST.</summary>
static class MessageReader
{
    const string Json = "application/json", Events = "text/event-stream";

    static readonly JsonTypeInfo<JsonRpcMessage> Message = (JsonTypeInfo<JsonRpcMessage>)McpJsonUtilities.DefaultOptions.GetTypeInfo(typeof(JsonRpcMessage));

    /// <summary>Either the message or why there is none.</summary>
    public static async Task<(JsonRpcMessage? Message, Refusal? Refusal)> ReadAsync(HttpRequest request)
    {
        if (!Accepts(request, Json) || !Accepts(request, Events))
            return (null, new(StatusCodes.Status406NotAcceptable, Refusal.General, $"Accept must list {Json} and {Events}"));
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type) || !type.MediaType.Equals(Json, StringComparison.OrdinalIgnoreCase))
            return (null, new(StatusCodes.Status415UnsupportedMediaType, Refusal.General, $"Content-Type must be {Json}"));
        try
        {
            return await JsonSerializer.DeserializeAsync(request.Body, Message, request.HttpContext.RequestAborted) is { } message
                ? (message, null)
                : (null, new(StatusCodes.Status400BadRequest, McpErrorCode.InvalidRequest, "The body must be one JSON-RPC message"));
        }
        catch (JsonException)
        {
            return (null, new(StatusCodes.Status400BadRequest, McpErrorCode.ParseError, "The body must be one JSON-RPC message; batches are not part of MCP"));
        }
        catch (BadHttpRequestException e)
        {
            return (null, new(e.StatusCode, Refusal.General, e.Message));
        }
    }

    public static bool AcceptsEvents(HttpRequest request) => Accepts(request, Events);

    static bool Accepts(HttpRequest request, string type) =>
        MediaTypeHeaderValue.TryParseList(request.Headers.Accept, out var accepted)
        && accepted.Any(a => a.Quality is not 0 && a.MediaType.Equals(type, StringComparison.OrdinalIgnoreCase));
}
