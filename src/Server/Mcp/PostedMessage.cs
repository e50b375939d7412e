using System.Buffers;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;

namespace MeshMcp.Server.Mcp;

/// <summary>What the door must know of a message before the package reads it.</summary>
/// <param name="Method">Null for a response, and for what is no message: the package says so.</param>
/// <param name="Tool">The name of the tool that is called.</param>
/// <param name="ReportsProgress">The caller wants to hear of progress.</param>
sealed record PostedMessage(RequestId Id, string? Method, string? Tool, bool ReportsProgress)
{
    /// <summary>A body this many times too large is still read, and thrown away: a client that cannot finish sending never sees why.</summary>
    const int Patience = 8;

    const string Json = "application/json";

    /// <summary>Either the message or why there is none. The body can be read again.</summary>
    /// <param name="limit">Bytes a body may have.</param>
    public static async Task<(PostedMessage? Message, Refusal? Refusal)> ReadAsync(HttpRequest request, long limit)
    {
        // The package answers another type by an exception, and the client reads 500.
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type) || !type.MediaType.Equals(Json, StringComparison.OrdinalIgnoreCase))
            return (null, new(StatusCodes.Status415UnsupportedMediaType, Refusal.General, $"Content-Type must be {Json}"));
        try
        {
            if (await BodyAsync(request, limit) is not { } body)
                return (null, new(StatusCodes.Status413PayloadTooLarge, Refusal.General, $"The body must not be larger than {limit} bytes"));
            request.Body = body;
            using var document = JsonDocument.Parse(body.GetBuffer().AsMemory(0, (int)body.Length));
            return (Of(document.RootElement), null);
        }
        catch (JsonException)
        {
            return (null, new(StatusCodes.Status400BadRequest, McpErrorCode.ParseError, "The body is no JSON"));
        }
        catch (BadHttpRequestException e)
        {
            return (null, new(e.StatusCode, Refusal.General, e.Message));
        }
    }

    static PostedMessage Of(JsonElement message)
    {
        RequestId id = Member(message, "id") switch
        {
            { ValueKind: JsonValueKind.String } text => new(text.GetString()!),
            { ValueKind: JsonValueKind.Number } number when number.TryGetInt64(out var value) => new(value),
            _ => default,
        };
        var method = Text(message, "method");
        if (method != RequestMethods.ToolsCall || Member(message, "params") is not { } parameters) return new(id, method, null, false);
        var reports = Member(parameters, "_meta") is { } meta && Member(meta, "progressToken") is not null;
        return new(id, method, Text(parameters, "name"), reports);
    }

    static JsonElement? Member(JsonElement from, string name) =>
        from.ValueKind == JsonValueKind.Object && from.TryGetProperty(name, out var member) ? member : null;

    static string? Text(JsonElement from, string name) => Member(from, name) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    /// <summary>Null when it is too large.</summary>
    static async Task<MemoryStream?> BodyAsync(HttpRequest request, long limit)
    {
        request.HttpContext.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize = limit * Patience;
        var body = new MemoryStream((int)Math.Min(request.ContentLength ?? 0, limit));
        var piece = ArrayPool<byte>.Shared.Rent(1 << 14);
        try
        {
            long total = 0;
            while (await request.Body.ReadAsync(piece, request.HttpContext.RequestAborted) is > 0 and var read)
                if ((total += read) <= limit) body.Write(piece, 0, read);
            if (total > limit) return null;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(piece);
        }
        body.Position = 0;
        return body;
    }
}
