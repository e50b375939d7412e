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
/// <param name="Node">The node that the call is about.</param>
/// <param name="Cancelled">The request that is not wanted any more.</param>
sealed record PostedMessage(RequestId Id, string? Method, string? Tool, bool ReportsProgress, string? Node = null, RequestId Cancelled = default)
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
            return (Of(body.GetBuffer().AsSpan(0, (int)body.Length)), null);
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

    /// <exception cref="JsonException">It is no JSON.</exception>
    static PostedMessage Of(ReadOnlySpan<byte> body)
    {
        var json = new Utf8JsonReader(body);
        RequestId id = default, cancelled = default;
        string? method = null, tool = null, node = null;
        var reports = false;
        json.Read();
        if (json.TokenType != JsonTokenType.StartObject) json.Skip();
        else
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
                if (json.ValueTextEquals("id"u8)) id = ReadId(ref json);
                else if (json.ValueTextEquals("method"u8)) method = Text(ref json);
                else if (json.ValueTextEquals("params"u8)) (tool, node, reports, cancelled) = Parameters(ref json);
                else json.Skip();
        if (json.Read()) throw new JsonException("There is more than one value.");
        return method == RequestMethods.ToolsCall ? new(id, method, tool, reports, node) : new(id, method, null, false, Cancelled: cancelled);
    }

    static (string? Tool, string? Node, bool Reports, RequestId Cancelled) Parameters(ref Utf8JsonReader json)
    {
        string? tool = null, node = null;
        RequestId cancelled = default;
        var reports = false;
        json.Read();
        if (json.TokenType != JsonTokenType.StartObject) json.Skip();
        else
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
                if (json.ValueTextEquals("name"u8)) tool = Text(ref json);
                else if (json.ValueTextEquals("arguments"u8)) node = NodeIn(ref json);
                else if (json.ValueTextEquals("_meta"u8)) reports = HasToken(ref json);
                else if (json.ValueTextEquals("requestId"u8)) cancelled = ReadId(ref json);
                else json.Skip();
        return (tool, node, reports, cancelled);
    }

    static string? NodeIn(ref Utf8JsonReader json)
    {
        string? node = null;
        json.Read();
        if (json.TokenType != JsonTokenType.StartObject) json.Skip();
        else
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
                if (json.ValueTextEquals("node"u8)) node = Text(ref json);
                else json.Skip();
        return node;
    }

    static bool HasToken(ref Utf8JsonReader json)
    {
        var has = false;
        json.Read();
        if (json.TokenType != JsonTokenType.StartObject) json.Skip();
        else
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                has |= json.ValueTextEquals("progressToken"u8);
                json.Skip();
            }
        return has;
    }

    static RequestId ReadId(ref Utf8JsonReader json)
    {
        json.Read();
        if (json.TokenType == JsonTokenType.String) return new(json.GetString()!);
        if (json.TokenType == JsonTokenType.Number && json.TryGetInt64(out var number)) return new(number);
        json.Skip();
        return default;
    }

    static string? Text(ref Utf8JsonReader json)
    {
        json.Read();
        if (json.TokenType == JsonTokenType.String) return json.GetString();
        json.Skip();
        return null;
    }

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
