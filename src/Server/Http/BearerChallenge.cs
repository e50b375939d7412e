namespace MeshMcp.Server.Http;

/// <summary>The WWW-Authenticate header: why a request was not let in, and where to read how to get in (RFC 6750, RFC 9728).</summary>
static class BearerChallenge
{
    /// <param name="tokenGiven">A token was there and is not, or no longer, valid.</param>
    public static void Unauthorized(HttpContext context, bool tokenGiven)
    {
        context.Response.StatusCode = StatusCodes.Status401Unauthorized;
        Write(context, tokenGiven ? "error=\"invalid_token\", " : "");
    }

    public static void InsufficientScope(HttpContext context, string scope) =>
        Write(context, $"error=\"insufficient_scope\", scope=\"{scope}\", ");

    static void Write(HttpContext context, string reason) =>
        context.Response.Headers.WWWAuthenticate = $"Bearer {reason}resource_metadata=\"{ResourceMetadata.Location(context)}\"";
}
