using System.Reflection;

namespace MeshMcp.Server.Dashboard;

/// <summary>The dashboard's own files, from inside the program. They hold no data of the mesh, so they need no token.</summary>
static class DashboardFiles
{
    /// <summary>Nothing from elsewhere, no inline script or style; <c>data:</c> for the QR codes that tools draw.</summary>
    public const string Policy = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    const string Prefix = "dashboard/", Index = "index.html", Page = ".html";

    static readonly Assembly Program = typeof(DashboardFiles).Assembly;

    static readonly Dictionary<string, string> Files = Program.GetManifestResourceNames().Where(n => n.StartsWith(Prefix, StringComparison.Ordinal))
        .ToDictionary(n => n == Prefix + Index ? "/" : $"/{(n.EndsWith(Page, StringComparison.Ordinal) ? n[Prefix.Length..^Page.Length] : n[Prefix.Length..])}");

    public static bool Has(PathString path) => Files.ContainsKey(path.ToString());

    public static void Map(IEndpointRouteBuilder routes)
    {
        foreach (var (path, resource) in Files) routes.MapGet(path, (RequestDelegate)(context => WriteAsync(context, resource)));
    }

    static async Task WriteAsync(HttpContext context, string resource)
    {
        context.Response.ContentType = Path.GetExtension(resource) switch
        {
            ".html" => "text/html; charset=utf-8",
            ".css" => "text/css; charset=utf-8",
            ".svg" => "image/svg+xml",
            _ => "text/javascript; charset=utf-8",
        };
        // The program's version is part of no address: a browser asks again each time, and mostly hears that nothing changed.
        var tag = $"\"{Program.ManifestModule.ModuleVersionId:N}\"";
        context.Response.Headers.CacheControl = "no-cache";
        context.Response.Headers.ETag = tag;
        if (context.Request.Headers.IfNoneMatch == tag)
        {
            context.Response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }
        await using var file = Program.GetManifestResourceStream(resource)!;
        context.Response.ContentLength = file.Length;
        await file.CopyToAsync(context.Response.Body, context.RequestAborted);
    }
}
