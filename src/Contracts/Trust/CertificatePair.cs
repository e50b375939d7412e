using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MeshMcp.Contracts.Files;

namespace MeshMcp.Contracts.Trust;

/// <summary>
/// A certificate and its key on disk, replaced together: both are complete beside the old ones before the first is renamed,
/// so that after a crash at any moment <see cref="Complete"/> can finish, and a node is never left with halves of two pairs.
/// </summary>
public static class CertificatePair
{
    const string Next = ".next";

    /// <summary>Both keep their owner, group and mode.</summary>
    /// <param name="keyMode">Of a key where there was none.</param>
    public static void Replace(CertificateFiles files, string certificatePem, string keyPem, UnixFileMode keyMode = AtomicFile.Secret)
    {
        AtomicFile.Write(files.Key + Next, Encoding.ASCII.GetBytes(keyPem + "\n"), keyMode, like: files.Key);
        AtomicFile.Write(files.Certificate + Next, Encoding.ASCII.GetBytes(certificatePem + "\n"), AtomicFile.Public, like: files.Certificate);
        Finish(files);
    }

    /// <summary>Finishes a replacement that was cut off; drops one that had not got far enough.</summary>
    /// <returns>Whether there was one to finish.</returns>
    public static bool Complete(CertificateFiles files)
    {
        if (File.Exists(files.Certificate + Next) && Belong(files.Certificate + Next, File.Exists(files.Key + Next) ? files.Key + Next : files.Key))
        {
            Finish(files);
            return true;
        }
        File.Delete(files.Certificate + Next);
        File.Delete(files.Key + Next);
        return false;
    }

    static void Finish(CertificateFiles files)
    {
        if (File.Exists(files.Key + Next)) File.Move(files.Key + Next, files.Key, overwrite: true);
        File.Move(files.Certificate + Next, files.Certificate, overwrite: true);
    }

    static bool Belong(string certificate, string key)
    {
        try
        {
            using var pair = X509Certificate2.CreateFromPem(File.ReadAllText(certificate), File.ReadAllText(key));
            return true;
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException or IOException)
        {
            return false;
        }
    }
}
