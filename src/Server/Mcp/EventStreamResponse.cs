using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;

namespace MeshMcp.Server.Mcp;

/// <summary>Answers that are streams of server-sent events.</summary>
static class EventStreamResponse
{
    public const string MediaType = "text/event-stream";

    /// <summary>Set before the first byte; nothing between server and client may hold events back.</summary>
    public static void BeginEvents(this HttpResponse response)
    {
        response.Headers.ContentType = MediaType;
        response.Headers.CacheControl = "no-cache, no-store";
        response.Headers.ContentEncoding = "identity";
        response.Headers["X-Accel-Buffering"] = "no";
        response.HttpContext.Features.GetRequiredFeature<IHttpResponseBodyFeature>().DisableBuffering();
    }

    /// <summary>The client asks for events by name; <c>*/*</c> is no such wish.</summary>
    public static bool AcceptsEvents(this HttpRequest request) =>
        MediaTypeHeaderValue.TryParseList(request.Headers.Accept, out var accepted)
        && accepted.Any(a => a.Quality is not 0 && a.MediaType.Equals(MediaType, StringComparison.OrdinalIgnoreCase));
}
