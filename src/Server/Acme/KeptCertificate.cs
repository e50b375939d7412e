using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Files;
using MeshMcp.Contracts.Joining;
using MeshMcp.Contracts.Trust;

namespace MeshMcp.Server.Acme;

/// <summary>The certificate on disk, and whether it is time for another. What fails leaves it as it is.</summary>
/// <param name="answerWithin">For each request to the authority; its own bound when null.</param>
sealed class KeptCertificate(AcmeConfiguration configuration, TimeProvider time, TimeSpan? answerWithin = null)
{
    /// <summary>The group's too: servers have users of their own, which are members of this role's group.</summary>
    const UnixFileMode KeyMode = AtomicFile.Secret | UnixFileMode.GroupRead;

    /// <summary>Which directory it must be of, and of which kind.</summary>
    readonly string _directory = $"{configuration.Directory} {configuration.Profile}".TrimEnd();

    readonly CertificateFiles _files = configuration.Certificate;

    /// <summary>When the present one is past two thirds of its life; null when another is needed now.</summary>
    public DateTimeOffset? Due()
    {
        try
        {
            using var pair = X509Certificate2.CreateFromPemFile(_files.Certificate, _files.Key);
            if (!NamesOf(pair).SetEquals(configuration.Names) || !File.Exists(configuration.IssuedBy) || File.ReadAllText(configuration.IssuedBy).Trim() != _directory) return null;
            return CertificateLife.AgeOf(pair, time.GetUtcNow()) == CertificateAge.Fresh ? CertificateLife.RenewalOf(pair) : null;
        }
        // None yet, or none of any use.
        catch (Exception e) when (e is CryptographicException or ArgumentException or IOException)
        {
            return null;
        }
    }

    /// <summary>Obtains another, and puts it in the place of the present one.</summary>
    /// <returns>When it ends.</returns>
    /// <exception cref="MeshException">It could not be had; the present one stays.</exception>
    public async Task<DateTimeOffset> RenewAsync(CancellationToken ct)
    {
        MakeFolders();
        using var key = AcmeKey.Keep(configuration.AccountKey);
        using var client = new AcmeClient(configuration, key, answerWithin);
        await using var challenges = await Challenges.ListenAsync(configuration.Listen);
        var issued = await new AcmeOrder(client, key, configuration, challenges, time).ObtainAsync(ct);
        try
        {
            CertificatePair.Replace(_files, issued.CertificatePem, issued.KeyPem, KeyMode);
            AtomicFile.Write(configuration.IssuedBy, Encoding.UTF8.GetBytes(_directory + "\n"), AtomicFile.Public);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unwritable(_files.Certificate, e);
        }
        return issued.Ends;
    }

    /// <summary>Finishes a replacement that was cut off.</summary>
    public void Complete()
    {
        if (Directory.Exists(Path.GetDirectoryName(_files.Certificate))) CertificatePair.Complete(_files);
    }

    /// <summary>Before the authority is asked, which counts what it certifies: what it gives must find its place.</summary>
    void MakeFolders()
    {
        foreach (var (file, group) in new[] { (configuration.AccountKey, UnixFileMode.None), (_files.Certificate, UnixFileMode.GroupRead | UnixFileMode.GroupExecute) })
        {
            var folder = Path.GetDirectoryName(file)!;
            try
            {
                Directory.CreateDirectory(folder, AtomicFile.Secret | UnixFileMode.UserExecute | group);
                var tried = Path.Combine(folder, ".tried");
                File.Create(tried).Dispose();
                File.Delete(tried);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw Unwritable(folder, e);
            }
        }
    }

    static MeshException Unwritable(string path, Exception e) => new(ErrorKind.PermissionDenied, $"The certificate has no place: {e.Message}", path, "The user of this role must own the folder, and the disk have room.", e);

    static HashSet<string> NamesOf(X509Certificate2 certificate)
    {
        var names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().SingleOrDefault();
        return names is null ? [] : [.. names.EnumerateDnsNames().Select(n => n.ToLowerInvariant()), .. names.EnumerateIPAddresses().Select(a => a.ToString())];
    }
}
