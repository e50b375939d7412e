using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Trust;

namespace MeshMcp.Server.Http;

/// <summary>What the server shows in the TLS handshake.</summary>
/// <param name="Chain">All certificates of the file; clients get those between its own and their root.</param>
sealed record TlsCertificate(X509Certificate2 Own, X509Certificate2Collection Chain)
{
    /// <exception cref="MeshException">InvalidArgument: not PEM, not a pair, or not readable.</exception>
    public static TlsCertificate Load(CertificateFiles files)
    {
        try
        {
            X509Certificate2Collection chain = [];
            chain.ImportFromPemFile(files.Certificate);
            return new(X509Certificate2.CreateFromPemFile(files.Certificate, files.Key), chain);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new MeshException(ErrorKind.InvalidArgument, $"The TLS certificate cannot be used: {e.Message}", files.Certificate,
                "tls.certificate and tls.key must be PEM files of one pair that this user may read.", e);
        }
    }
}
