using System.Net.Security;
using MeshMcp.Contracts.Trust;

namespace MeshMcp.Server.Http;

/// <summary>
/// Which certificate a client sees: the public one who asks for one of its names, the mesh's own everybody else. Who comes by an address asks for no name;
/// he sees the public one if that is for addresses.
/// </summary>
sealed class ShownCertificates(TlsCertificate own, TlsCertificate? shared, ILogger log)
{
    /// <param name="shared">Files of the public one; they may come later, which is said now.</param>
    public static ShownCertificates Of(TlsCertificate own, CertificateFiles? shared, ILogger log)
    {
        var awaited = shared is null ? null : TlsCertificate.Awaited(shared);
        awaited?.Current(log);
        return new(own, awaited, log);
    }

    /// <param name="name">As the client says it in the handshake; null or empty: it says none.</param>
    public SslServerAuthenticationOptions For(string? name) => new() { ServerCertificateContext = shared?.For(name, log) ?? own.Current(log) };

    /// <summary>Whether the public one is for this host, to which a request may then be addressed.</summary>
    public bool IsPublic(string host) => host.Length > 0 && shared?.For(host, log) is not null;
}
