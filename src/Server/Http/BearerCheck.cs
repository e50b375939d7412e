namespace MeshMcp.Server.Http;

/// <summary>Finds the <see cref="Caller"/> of each request by its bearer token; without a valid one the answer is 401.</summary>
/// <param name="isOpen">Requests that need none.</param>
sealed class BearerCheck(RequestDelegate next, Func<HttpRequest, bool> isOpen, TokenWatch? tokens = null)
{
    const string Scheme = "Bearer ";

    public Task InvokeAsync(HttpContext context)
    {
        if (tokens is null || isOpen(context.Request))
        {
            context.Features.Set(Caller.Anonymous);
            return next(context);
        }
        if (CallerOf(context.Request, tokens) is not { } caller) return BearerChallenge.UnauthorizedAsync(context, tokenGiven: TokenOf(context.Request).Length > 0);
        context.Features.Set(caller);
        return next(context);
    }

    /// <summary>Null when its token is not valid, or no longer: an answer that stays open asks again and again.</summary>
    public static Caller? CallerOf(HttpRequest request, TokenWatch? tokens) =>
        tokens is null ? Caller.Anonymous : TokenOf(request) is { Length: > 0 } token ? tokens.Find(token) : null;

    static string TokenOf(HttpRequest request)
    {
        var header = request.Headers.Authorization.ToString();
        return header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? header[Scheme.Length..].Trim() : "";
    }
}
