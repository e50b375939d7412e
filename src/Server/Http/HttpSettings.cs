using System.Net;
using MeshMcp.Contracts.Trust;
using MeshMcp.Server.Mcp;

namespace MeshMcp.Server.Http;

/// <summary>Where and for whom the MCP server listens.</summary>
/// <param name="Certificate">TLS when given; PEM files, the certificate followed by its chain.</param>
/// <param name="Tokens">Callers must show one of these; everyone is <c>anonymous</c> and may do everything when absent.</param>
/// <param name="AllowedHosts">Host names beside loopback's and the listening address that requests may be addressed to.</param>
/// <param name="AllowedOrigins">Web origins (<c>https://name:port</c>) that browsers may call from, beside the server's own.</param>
/// <param name="BehindProxy">A proxy on the way ends TLS.</param>
public sealed record HttpSettings(
    IPEndPoint Listen,
    CertificateFiles? Certificate = null,
    TokenFile? Tokens = null,
    IReadOnlyList<string>? AllowedHosts = null,
    IReadOnlyList<string>? AllowedOrigins = null,
    bool BehindProxy = false)
{
    /// <summary>A second one, of an authority that clients trust by themselves: shown to those who ask for one of its names. Its files may come later.</summary>
    public CertificateFiles? PublicCertificate { get; init; }

    /// <summary>Where people reach the dashboard, as the configuration says it.</summary>
    public Uri? Dashboard { get; init; }

    /// <summary>Where <see cref="Dashboard"/> is not said: the port on the host by which callers come; null: the very one they come by.</summary>
    internal int? DashboardPort { get; init; }

    public HttpLimits Limits { get; init; } = new();

    public SessionLimits Sessions { get; init; } = new();

    /// <summary>What callers write before the host name.</summary>
    public string Scheme => Certificate is null && !BehindProxy ? Uri.UriSchemeHttp : Uri.UriSchemeHttps;
}
