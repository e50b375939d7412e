using System.Security.Cryptography;
using System.Text.Json;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.State;
using MeshMcp.Contracts.Files;

namespace MeshMcp.HostBridge.Store;

/// <summary>Declared documents by digest: in the journal at first, later in a file each, so that it stays short. The empty document needs neither.</summary>
public sealed class DeclaredDocuments
{
    public static readonly string Empty = DigestOf(JsonSerializer.SerializeToUtf8Bytes(new NodeState(), MeshJson.Default.NodeState));

    readonly string _folder;
    readonly NodeJournal _journal;
    readonly Action<JournalRecord> _write;
    /// <summary>Those in the journal, whose lines move only with <see cref="_gate"/>.</summary>
    readonly Dictionary<string, Place> _recent = [];
    readonly Lock _gate = new();

    public DeclaredDocuments(string folder, NodeJournal journal, Action<JournalRecord> write)
    {
        (_folder, _journal, _write) = (folder, journal, write);
        Directory.CreateDirectory(folder);
    }

    /// <summary>Stores a document and returns its digest; the same content has the same digest however it was written.</summary>
    public string Add(NodeState document)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(document, MeshJson.Default.NodeState);
        var digest = DigestOf(bytes);
        if (digest != Empty && !IsRecent(digest) && !File.Exists(PathOf(digest))) _write(new(Document: new(digest, document)));
        return digest;
    }

    /// <summary>Whether the document is there and is what its digest says; one that is not is set aside.</summary>
    public bool Has(string digest)
    {
        if (digest == Empty || IsRecent(digest)) return true;
        if (CorruptFile.Read(PathOf(digest), MeshJson.Default.NodeState) is not { } document) return false;
        if (DigestOf(document) == digest) return true;
        CorruptFile.SetAside(PathOf(digest));
        return false;
    }

    public NodeState Read(string digest)
    {
        if (digest == Empty) return new();
        lock (_gate)
            if (_recent.TryGetValue(digest, out var place))
                return _journal.ReadAt(place).Document!.State;
        return JsonSerializer.Deserialize(File.ReadAllBytes(PathOf(digest)), MeshJson.Default.NodeState)!;
    }

    public static string DigestOf(NodeState document) => DigestOf(JsonSerializer.SerializeToUtf8Bytes(document, MeshJson.Default.NodeState));

    /// <summary>Forgets all that no kept generation names.</summary>
    public void Keep(IReadOnlySet<string> digests)
    {
        lock (_gate)
            foreach (var digest in _recent.Keys.Where(d => !digests.Contains(d)).ToList()) _recent.Remove(digest);
        foreach (var file in Directory.EnumerateFiles(_folder, "*.json").Where(f => !digests.Contains(Path.GetFileNameWithoutExtension(f)))) File.Delete(file);
    }

    /// <summary>Counts what is in the journal.</summary>
    internal void Take(StoredDocument document, Place place)
    {
        lock (_gate) _recent[document.Digest] = place;
    }

    /// <summary>Gives each in the journal a file of its own, so that the journal can do without.</summary>
    internal void MoveOut()
    {
        foreach (var (digest, place) in _recent.ToList())
        {
            AtomicFile.Write(PathOf(digest), JsonSerializer.SerializeToUtf8Bytes(_journal.ReadAt(place).Document!.State, MeshJson.Default.NodeState), AtomicFile.Secret);
            lock (_gate) _recent.Remove(digest);
        }
    }

    bool IsRecent(string digest)
    {
        lock (_gate) return _recent.ContainsKey(digest);
    }

    static string DigestOf(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes))[..24];

    string PathOf(string digest) => Path.Combine(_folder, digest + ".json");
}
