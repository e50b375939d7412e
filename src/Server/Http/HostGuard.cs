using System.Net;
using MeshMcp.Server.Mcp;

namespace MeshMcp.Server.Http;

/// <summary>
/// Turns away requests addressed to, or sent by, a site we do not know: a hostile page whose name was rebound to this address must not reach a tool.
/// Comes before the token check, so such a page learns nothing.
/// </summary>
/// <param name="shown">Whoever a public authority certified for a name has it; absent without TLS.</param>
sealed class HostGuard(RequestDelegate next, HttpSettings settings, ShownCertificates? shown = null)
{
    static readonly Refusal ForeignHost = new(StatusCodes.Status403Forbidden, Refusal.General, "Host is not allowed; name it in allowedHosts");
    static readonly Refusal ForeignOrigin = new(StatusCodes.Status403Forbidden, Refusal.General, "Origin is not allowed; name it in allowedOrigins");

    readonly HashSet<string> _hosts = new(
        ["localhost", "127.0.0.1", "[::1]", HostOf(settings.Listen.Address), .. settings.AllowedHosts ?? []], StringComparer.OrdinalIgnoreCase);

    readonly HashSet<string> _origins = new(settings.AllowedOrigins ?? [], StringComparer.OrdinalIgnoreCase);

    public Task InvokeAsync(HttpContext context)
    {
        var host = context.Request.Host.Host;
        if (!_hosts.Contains(host) && shown?.IsPublic(host) != true) return ForeignHost.WriteAsync(context);
        var origin = context.Request.Headers.Origin.ToString();
        var isOwn = origin.Length == 0 || origin.Equals($"{settings.Scheme}://{context.Request.Host}", StringComparison.OrdinalIgnoreCase);
        return isOwn || _origins.Contains(origin) ? next(context) : ForeignOrigin.WriteAsync(context);
    }

    static string HostOf(IPAddress address) => new UriBuilder(Uri.UriSchemeHttp, address.ToString()).Host;
}
