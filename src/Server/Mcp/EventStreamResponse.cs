using Microsoft.AspNetCore.Http.Features;

namespace MeshMcp.Server.Mcp;

/// <summary>The headers of an answer that may become a stream of server-sent events.</summary>
static class EventStreamResponse
{
    /// <summary>Set before the first byte; nothing between server and client may hold events back.</summary>
    public static void BeginEvents(this HttpResponse response)
    {
        response.Headers.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-cache, no-store";
        response.Headers.ContentEncoding = "identity";
        response.Headers["X-Accel-Buffering"] = "no";
        response.HttpContext.Features.GetRequiredFeature<IHttpResponseBodyFeature>().DisableBuffering();
    }

    /// <summary>The message needed no answer, so none was written.</summary>
    public static void EndWithoutEvents(this HttpResponse response)
    {
        response.Headers.ContentType = default;
        response.Headers.ContentEncoding = default;
        response.StatusCode = StatusCodes.Status202Accepted;
    }
}
