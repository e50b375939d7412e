using System.Text.Json;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Files;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.Trust;

namespace MeshMcp.HostBridge.Access;

/// <summary>What is revoked, as this node knows it: written down, so that it holds from the first moment after a start too. The node that holds the authority adds to it, the others fetch it.</summary>
public sealed class Revocations
{
    readonly string _file;
    readonly Lock _gate = new();
    volatile RevocationList _list;

    /// <exception cref="MeshException">Unavailable: the file is there and cannot be read. Whoever may be revoked must not be let in.</exception>
    public Revocations(string file)
    {
        _file = file;
        try
        {
            _list = File.Exists(file) ? JsonSerializer.Deserialize(File.ReadAllBytes(file), MeshJson.Default.RevocationList) ?? throw new JsonException("it is null") : RevocationList.None;
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new MeshException(ErrorKind.Unavailable, $"What is revoked cannot be read: {e.Message}", file, "Mend the file, or delete it: the node fetches the list again.", e);
        }
    }

    public RevocationList List => _list;

    /// <summary>After another list came.</summary>
    public event Action? Changed;

    /// <summary>Null when the certificate is good.</summary>
    public DateTimeOffset? Since(MeshIdentity identity) => _list.Since(identity);

    /// <summary>Adds one, as the authority.</summary>
    public RevocationList Revoke(CertificateAuthority authority, string what)
    {
        lock (_gate) Write(authority.Revoke(_list, what));
        Changed?.Invoke();
        return _list;
    }

    /// <summary>Takes over a newer list, which the authority signed.</summary>
    /// <returns>Whether it was newer.</returns>
    public bool Take(RevocationList list)
    {
        lock (_gate)
        {
            if (list.Number <= _list.Number) return false;
            Write(list);
        }
        Changed?.Invoke();
        return true;
    }

    void Write(RevocationList list)
    {
        AtomicFile.Write(_file, JsonSerializer.SerializeToUtf8Bytes(list, MeshJson.Default.RevocationList), AtomicFile.Secret);
        _list = list;
    }
}
