namespace MeshMcp.Server.Http;

/// <summary>Finds the <see cref="Caller"/> of each request by its bearer token; without a valid one the answer is 401.</summary>
/// <param name="isOpen">Paths that need none.</param>
sealed class BearerCheck(RequestDelegate next, Func<PathString, bool> isOpen, TokenWatch? tokens = null)
{
    const string Scheme = "Bearer ";

    public Task InvokeAsync(HttpContext context)
    {
        if (tokens is null || isOpen(context.Request.Path))
        {
            context.Features.Set(Caller.Anonymous);
            return next(context);
        }
        var header = context.Request.Headers.Authorization.ToString();
        var given = header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? header[Scheme.Length..].Trim() : "";
        if (given.Length > 0 && tokens.Find(given) is { } caller)
        {
            context.Features.Set(caller);
            return next(context);
        }
        return BearerChallenge.UnauthorizedAsync(context, tokenGiven: given.Length > 0);
    }
}
