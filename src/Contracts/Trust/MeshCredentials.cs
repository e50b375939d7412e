using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MeshMcp.Contracts.Errors;

namespace MeshMcp.Contracts.Trust;

/// <summary>What one end of a mesh connection needs: whom it believes, and its own certificate with the private key.</summary>
public sealed record MeshCredentials(TrustStore Trust, X509Certificate2 Certificate, SslStreamCertificateContext Context)
{
    /// <summary>Whether this end's own certificate will do, before a peer has to say so.</summary>
    public PeerVerification Verify(MeshRole role, DateTimeOffset now) => Trust.Verify(Certificate, role, null, now);

    /// <summary>Reads the PEM files.</summary>
    /// <exception cref="MeshException">NotFound, PermissionDenied or InvalidArgument, naming the file.</exception>
    public static MeshCredentials Read(string authority, CertificateFiles files)
    {
        var (ca, certificate, key) = (Text(authority), Text(files.Certificate), Text(files.Key));
        try
        {
            var own = X509Certificate2.CreateFromPem(certificate, key);
            return new(TrustStore.FromPem(ca), own, SslStreamCertificateContext.Create(own, null, offline: true));
        }
        catch (MeshException e)
        {
            throw new MeshException(e.Error with { Target = authority }, e);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw new MeshException(ErrorKind.InvalidArgument, $"The certificate cannot be used: {e.Message}", files.Certificate, $"It and {files.Key} must be PEM files that belong together.", e);
        }
    }

    static string Text(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new MeshException(ErrorKind.NotFound, $"{file} does not exist.", file, "Make one and copy it here: meshctl pki issue", e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new MeshException(ErrorKind.PermissionDenied, $"{file} may not be read by this user.", file, "It must belong to the user that runs this program.", e);
        }
    }
}
