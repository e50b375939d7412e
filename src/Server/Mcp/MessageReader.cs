using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;

namespace MeshMcp.Server.Mcp;

/// <summary>Reads the one JSON-RPC message of a POST.</summary>
/// <param name="limit">Bytes a body may have.</param>
sealed class MessageReader(long limit)
{
    /// <summary>A body this many times too large is still read, and thrown away: a client that cannot finish sending never sees why.</summary>
    const int Patience = 8;

    const int Piece = 1 << 16;

    const string Json = "application/json", Events = "text/event-stream";

    static readonly JsonTypeInfo<JsonRpcMessage> Message = (JsonTypeInfo<JsonRpcMessage>)McpJsonUtilities.DefaultOptions.GetTypeInfo(typeof(JsonRpcMessage));

    /// <summary>Either the message or why there is none.</summary>
    public async Task<(JsonRpcMessage? Message, Refusal? Refusal)> ReadAsync(HttpRequest request)
    {
        if (!Accepts(request, Json) || !Accepts(request, Events))
            return (null, new(StatusCodes.Status406NotAcceptable, Refusal.General, $"Accept must list {Json} and {Events}"));
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type) || !type.MediaType.Equals(Json, StringComparison.OrdinalIgnoreCase))
            return (null, new(StatusCodes.Status415UnsupportedMediaType, Refusal.General, $"Content-Type must be {Json}"));
        try
        {
            if (await BodyAsync(request) is not { } body)
                return (null, new(StatusCodes.Status413PayloadTooLarge, Refusal.General, $"The body must not be larger than {limit} bytes"));
            return JsonSerializer.Deserialize(body.Span, Message) is { } message
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

    /// <summary>Null when it is too large.</summary>
    async Task<ReadOnlyMemory<byte>?> BodyAsync(HttpRequest request)
    {
        var ct = request.HttpContext.RequestAborted;
        request.HttpContext.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize = limit * Patience;
        using var body = new MemoryStream((int)Math.Min(request.ContentLength ?? 0, limit));
        var piece = new byte[Piece];
        long total = 0;
        while (await request.Body.ReadAsync(piece, ct) is > 0 and var read)
            if ((total += read) <= limit) body.Write(piece, 0, read);
        if (total > limit) return null;
        return body.GetBuffer().AsMemory(0, (int)total);
    }

    static bool Accepts(HttpRequest request, string type) =>
        MediaTypeHeaderValue.TryParseList(request.Headers.Accept, out var accepted)
        && accepted.Any(a => a.Quality is not 0 && a.MediaType.Equals(type, StringComparison.OrdinalIgnoreCase));
}
