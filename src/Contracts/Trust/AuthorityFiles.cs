using System.Security.Cryptography;
using MeshMcp.Contracts.Errors;

namespace MeshMcp.Contracts.Trust;

/// <summary>The authority's certificate and key as two files.</summary>
public static class AuthorityFiles
{
    /// <exception cref="MeshException">NotFound, PermissionDenied, or InvalidArgument for files that do not belong together.</exception>
    public static CertificateAuthority Open(CertificateFiles files, TimeProvider clock)
    {
        try
        {
            return CertificateAuthority.FromPem(File.ReadAllText(files.Certificate), File.ReadAllText(files.Key), clock);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new MeshException(ErrorKind.NotFound, $"There is no certificate authority here: {files.Certificate} and {files.Key} are needed.", files.Certificate, "Make one: meshctl pki init DIR --name mesh", e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new MeshException(ErrorKind.PermissionDenied, $"The certificate authority's files may not be read by this user.", files.Key, "Run as root.", e);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw new MeshException(ErrorKind.InvalidArgument, $"The certificate authority cannot be read: {e.Message}", files.Certificate, "ca.crt and ca.key must be PEM files that belong together.", e);
        }
    }
}
