using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Files;

namespace MeshMcp.Contracts.Trust;

/// <summary>The certificate files of one end of the mesh, read again when they change, so that a renewal needs no restart.</summary>
public sealed class MeshCertificates(string authority, CertificateFiles files)
{
    readonly Lock _lock = new();
    MeshCredentials? _credentials;
    string _stamp = "";

    /// <summary>Why changed files could not be taken over, while the earlier ones stay in use; null when all is well.</summary>
    public MeshError? RenewalProblem { get; private set; }

    /// <summary>What is revoked, as this end has heard.</summary>
    public RevocationList Revoked { get; set; } = RevocationList.None;

    /// <summary>The credentials as of now; looks at the files' times, so ask once for each connection.</summary>
    /// <exception cref="MeshException">As <see cref="MeshCredentials.Read"/>, when they could never be read.</exception>
    public MeshCredentials Current()
    {
        lock (_lock)
        {
            var stamp = string.Join(' ', FileStamp.Of(authority), FileStamp.Of(files.Certificate), FileStamp.Of(files.Key));
            if (stamp == _stamp) return _credentials!;
            try
            {
                _credentials = MeshCredentials.Read(authority, files);
                (_stamp, RenewalProblem) = (stamp, null);
            }
            catch (MeshException e) when (_credentials is not null)
            {
                // A renewal replaces two files one after the other; between them they do not belong together.
                RenewalProblem = e.Error;
            }
            return _credentials;
        }
    }
}
