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
    /// <summary>Values that are remembered after they were replaced, deleted or used once.</summary>
    const int MostFormer = 256;

    readonly string _folder;
    readonly Lock _gate = new();
    /// <summary>Names by values that are no secrets here, or no longer: what was begun with them may still tell of it. The oldest first.</summary>
    readonly OrderedDictionary<string, string> _former = [];
    /// <summary>With what told the files apart then; null: something is new.</summary>
    (SecretMask Mask, string Of)? _mask;

    public SecretStore(string folder)
    {
        _folder = folder;
        Directory.CreateDirectory(folder, AtomicFile.Secret | UnixFileMode.UserExecute);
    }

    /// <summary>The secret that a state names (<c>secret:NAME</c>) for a purpose; null when it is not here, or is for another one, so that its item waits.</summary>
    public string? Find(string? reference, SecretKind kind) =>
        SecretReference.NameIn(reference) is not { } name ? null
        : File.Exists(PathOf(name, kind)) ? File.ReadAllText(PathOf(name, kind))
        : kind != SecretKind.File && File.Exists(PathOf(name, null)) ? File.ReadAllText(PathOf(name, null))
        : null;

    /// <summary>Why <see cref="Find"/> found none, and what to do.</summary>
    public string Lack(string? reference, SecretKind kind)
    {
        var (name, word) = (SecretReference.NameIn(reference), SecretKinds.WordOf(kind));
        return Stored().FirstOrDefault(s => s.Name == name) is not { Name: not null } other ? $"This node has no secret {name}. Store it with: meshctl secret set {name} --kind {word}"
            : $"Secret {name} was stored {(other.Kind is { } its ? $"as {SecretKinds.WordOf(its)}" : "without a kind")}, and here a secret of kind {word} is needed. If it is meant for this, store it again: meshctl secret set {name} --kind {word}";
    }

    /// <summary>A secret that is named where one of another kind belongs; null for one that fits, or is not here yet.</summary>
    public Problem? Misused(string path, string? reference, SecretKind kind) =>
        SecretReference.NameIn(reference) is { } name && Stored().Any(s => s.Name == name) && Find(reference, kind) is null ? new(path, Lack(reference, kind)) : null;

    public SecretList List() => new([.. Stored().OrderBy(s => s.Name, StringComparer.Ordinal).Select(s => Describe(s.Name, s.Kind))]);

    /// <summary>Contents by the names of their files, for a backup.</summary>
    public IReadOnlyDictionary<string, string> ReadAll() => Stored().ToDictionary(s => FileOf(s.Name, s.Kind), s => File.ReadAllText(PathOf(s.Name, s.Kind)));

    /// <summary>Puts what <see cref="ReadAll"/> read back.</summary>
    public void Restore(IReadOnlyDictionary<string, string> contents)
    {
        foreach (var (file, value) in contents)
            if (Named(file) is { } named) Put(named.Name, named.Kind, value);
            else CheckName(file);
    }

    /// <summary>The door that words go through before anybody hears them or they are kept: each secret's name stands in the place of its value.</summary>
    public string Mask(string text) => Current().Mask(text);

    /// <inheritdoc cref="SecretMask.MaskJson"/>
    public string MaskJson(string json) => Current().MaskJson(json);

    /// <summary>A secret that is used once and not stored: its value is not said either.</summary>
    public void Hide(string name, string value)
    {
        lock (_gate)
        {
            _former.Remove(value);
            if (_former.Count >= MostFormer) _former.RemoveAt(0);
            _former[value] = name;
            _mask = null;
        }
    }

    public StoredSecret Put(string name, SecretKind kind, string value) => Put(name, (SecretKind?)kind, value);

    StoredSecret Put(string name, SecretKind? kind, string value)
    {
        CheckName(name);
        if (value.Length == 0 || Encoding.UTF8.GetByteCount(value) > Largest)
            throw new MeshException(ErrorKind.InvalidArgument, $"A secret has 1 to {Largest} bytes.", "value", "Give the content itself.");
        lock (_gate)
        {
            HideFormer(name);
            AtomicFile.Write(PathOf(name, kind), Encoding.UTF8.GetBytes(value), AtomicFile.Secret);
            // A name has one secret: one of another kind was replaced.
            foreach (var other in Stored().Where(s => s.Name == name && s.Kind != kind)) File.Delete(PathOf(name, other.Kind));
            _mask = null;
            return Describe(name, kind);
        }
    }

    public StoredSecret Delete(string name)
    {
        CheckName(name);
        lock (_gate) return Deleted(name);
    }

    StoredSecret Deleted(string name)
    {
        if (Stored().FirstOrDefault(s => s.Name == name) is not { Name: not null } stored)
            throw new MeshException(new MeshError(ErrorKind.NotFound, $"This node has no secret {name}.", "name", "meshctl secret list shows those there are.", [new("name", "No such secret.", Nearest: Nearest.To(name, List().Secrets.Select(s => s.Name)))]));
        var gone = Describe(name, stored.Kind);
        HideFormer(name);
        File.Delete(PathOf(name, stored.Kind));
        return gone;
    }

    void HideFormer(string name)
    {
        foreach (var former in Stored().Where(s => s.Name == name)) Hide(name, File.ReadAllText(PathOf(name, former.Kind)));
    }

    SecretMask Current()
    {
        lock (_gate)
        {
            // Somebody may write a file anew without a word to us.
            var files = string.Join('|', new DirectoryInfo(_folder).EnumerateFiles().OrderBy(f => f.Name, StringComparer.Ordinal).Select(f => $"{f.Name} {f.Length} {f.LastWriteTimeUtc.Ticks}"));
            if (_mask is { } made && made.Of == files) return made.Mask;
            SecretMask mask = new([.. ReadAll().Select(s => (Named(s.Key)!.Value.Name, s.Value)), .. _former.Select(f => (f.Value, f.Key))]);
            _mask = (mask, files);
            return mask;
        }
    }

    IEnumerable<(string Name, SecretKind? Kind)> Stored() => Directory.EnumerateFiles(_folder).Select(f => Named(Path.GetFileName(f))).OfType<(string, SecretKind?)>();

    StoredSecret Describe(string name, SecretKind? kind)
    {
        var content = File.ReadAllBytes(PathOf(name, kind));
        return new(name, File.GetLastWriteTimeUtc(PathOf(name, kind)), content.Length, Convert.ToHexStringLower(SHA256.HashData(content))[..16], kind);
    }

    /// <summary>Of the name of a file; null for what is none of ours.</summary>
    static (string Name, SecretKind? Kind)? Named(string file) => file.Split('.') switch
    {
        [var name] when SecretReference.IsName(name) => (name, null),
        [var name, var word] when SecretReference.IsName(name) && SecretKinds.Of(word) is { } kind => (name, kind),
        _ => null,
    };

    static void CheckName(string name)
    {
        if (!SecretReference.IsName(name)) throw new MeshException(ErrorKind.InvalidArgument, $"\"{name}\" is no name of a secret.", "name", SecretReference.Form + ".");
    }

    static string FileOf(string name, SecretKind? kind) => kind is { } said ? $"{name}.{SecretKinds.WordOf(said)}" : name;

    string PathOf(string name, SecretKind? kind) => Path.Combine(_folder, FileOf(name, kind));
}
