using System.Text;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Files;

namespace MeshMcp.Contracts.Trust;

/// <summary>A folder with the mesh's authority (<c>ca.crt</c>, <c>ca.key</c>) and what it issued (<c>NAME.ROLE.crt</c>, <c>NAME.ROLE.key</c>); keys are 0600.</summary>
public sealed class AuthorityFolder(string path, TimeProvider clock)
{
    public static readonly TimeSpan AuthorityLife = TimeSpan.FromDays(3650);

    /// <summary>A server's certificate, which lets into every node, is renewed by the node that holds the authority; a node that joins gets another one than this.</summary>
    public static TimeSpan LifeOf(MeshRole role) => TimeSpan.FromDays(role == MeshRole.Server ? 30 : 365);

    public CertificateFiles Authority { get; } = new(Path.Combine(path, "ca.crt"), Path.Combine(path, "ca.key"));

    public CertificateFiles FilesOf(MeshRole role, string name)
    {
        var stem = Path.Combine(path, $"{MeshName.Checked(name)}.{MeshIdentity.WordOf(role)}");
        return new(stem + ".crt", stem + ".key");
    }

    /// <summary>Makes the authority, and the folder (0700) when it is absent.</summary>
    /// <returns>When the authority ends.</returns>
    /// <exception cref="MeshException">Conflict: there is one already and <paramref name="force"/> is false.</exception>
    public DateTimeOffset Create(string mesh, bool force = false)
    {
        Refuse(Authority, force, "Every certificate of the old authority stops working with a new one.");
        using var authority = CertificateAuthority.Create(mesh, AuthorityLife, clock);
        Directory.CreateDirectory(path, AtomicFile.Secret | UnixFileMode.UserExecute);
        Write(Authority, authority.CertificatePem, authority.KeyPem);
        return authority.Ends;
    }

    /// <summary>Issues a certificate; <paramref name="addresses"/> are IP addresses or DNS names.</summary>
    /// <returns>When the certificate ends.</returns>
    /// <exception cref="MeshException">NotFound: no authority here. Conflict: the files exist and <paramref name="force"/> is false. InvalidArgument: a wrong name, address or life.</exception>
    public DateTimeOffset Issue(MeshRole role, string name, IReadOnlyList<string> addresses, TimeSpan? life = null, bool force = false)
    {
        var files = FilesOf(role, name);
        Refuse(files, force, "With --force the certificate and its key are replaced.");
        using var authority = Open();
        var issued = authority.Issue(role, name, addresses, life ?? LifeOf(role));
        Write(files, issued.CertificatePem, issued.KeyPem);
        return issued.Ends;
    }

    CertificateAuthority Open() => AuthorityFiles.Open(Authority, clock);

    static void Refuse(CertificateFiles files, bool force, string hint)
    {
        if (force) return;
        foreach (var file in new[] { files.Certificate, files.Key })
            if (File.Exists(file)) throw new MeshException(ErrorKind.Conflict, $"{file} exists.", file, hint);
    }

    static void Write(CertificateFiles files, string certificate, string key)
    {
        AtomicFile.Write(files.Key, Encoding.ASCII.GetBytes(key + "\n"), AtomicFile.Secret);
        AtomicFile.Write(files.Certificate, Encoding.ASCII.GetBytes(certificate + "\n"), AtomicFile.Public);
    }
}
