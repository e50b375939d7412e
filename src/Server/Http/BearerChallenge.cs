using MeshMcp.Server.Mcp;

namespace MeshMcp.Server.Http;

/// <summary>The WWW-Authenticate header: why a request was not let in, and where to read how to get in (RFC 6750, RFC 9728).</summary>
static class BearerChallenge
{
    static readonly Refusal NoToken = new(StatusCodes.Status401Unauthorized, Refusal.General, "A bearer token is needed; the operator makes one with meshctl token create");
    static readonly Refusal WrongToken = new(StatusCodes.Status401Unauthorized, Refusal.General, "The token is unknown, revoked or has expired");

    public static Task UnauthorizedAsync(HttpContext context, bool tokenGiven)
    {
        Write(context, tokenGiven ? "error=\"invalid_token\", " : "");
        return (tokenGiven ? WrongToken : NoToken).WriteAsync(context);
    }

    public static void InsufficientScope(HttpContext context, string scope) =>
        Write(context, $"error=\"insufficient_scope\", scope=\"{scope}\", ");

    static void Write(HttpContext context, string reason) =>
        context.Response.Headers.WWWAuthenticate = context.RequestServices.GetService<RefusalForm>() is not null
            ? $"Bearer {reason}realm=\"MeshMcp\""
            : $"Bearer {reason}resource_metadata=\"{ResourceMetadata.Location(context)}\"";
}
