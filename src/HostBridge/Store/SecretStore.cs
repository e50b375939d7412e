using System.Security.Cryptography;
using System.Text;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Files;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.State;

namespace MeshMcp.HostBridge.Store;

/// <summary>The node's secrets, one file each, readable by root alone. Systems read them; nobody gets one back over the wire.</summary>
public sealed class SecretStore
{
    const int Largest = 64 * 1024;

    readonly string _folder;

    public SecretStore(string folder)
    {
        _folder = folder;
        Directory.CreateDirectory(folder, AtomicFile.Secret | UnixFileMode.UserExecute);
    }

    /// <summary>The secret that a state names (<c>secret:NAME</c>); null when it is not here, so that its item waits.</summary>
    public string? Find(string? reference) =>
        SecretReference.NameIn(reference) is { } name && File.Exists(PathOf(name)) ? File.ReadAllText(PathOf(name)) : null;

    public SecretList List() => new([.. Directory.EnumerateFiles(_folder).Select(Path.GetFileName).OfType<string>().Where(SecretReference.IsName).Order(StringComparer.Ordinal).Select(Describe)]);

    /// <summary>Contents by name, for a backup.</summary>
    public IReadOnlyDictionary<string, string> ReadAll() => List().Secrets.ToDictionary(s => s.Name, s => File.ReadAllText(PathOf(s.Name)));

    public StoredSecret Put(string name, string value)
    {
        CheckName(name);
        if (value.Length == 0 || Encoding.UTF8.GetByteCount(value) > Largest)
            throw new MeshException(ErrorKind.InvalidArgument, $"A secret has 1 to {Largest} bytes.", "value", "Give the content itself.");
        AtomicFile.Write(PathOf(name), Encoding.UTF8.GetBytes(value), AtomicFile.Secret);
        return Describe(name);
    }

    public StoredSecret Delete(string name)
    {
        CheckName(name);
        if (!File.Exists(PathOf(name)))
            throw new MeshException(new MeshError(ErrorKind.NotFound, $"This node has no secret {name}.", "name", "meshctl secret list shows those there are.", [new("name", "No such secret.", Nearest: Nearest.To(name, List().Secrets.Select(s => s.Name)))]));
        var gone = Describe(name);
        File.Delete(PathOf(name));
        return gone;
    }

    StoredSecret Describe(string name)
    {
        var content = File.ReadAllBytes(PathOf(name));
        return new(name, File.GetLastWriteTimeUtc(PathOf(name)), content.Length, Convert.ToHexStringLower(SHA256.HashData(content))[..16]);
    }

    static void CheckName(string name)
    {
        if (!SecretReference.IsName(name)) throw new MeshException(ErrorKind.InvalidArgument, $"\"{name}\" is no name of a secret.", "name", SecretReference.Form + ".");
    }

    string PathOf(string name) => Path.Combine(_folder, name);
}
