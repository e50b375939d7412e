using System.Security.Cryptography;
using System.Text.Json;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.State;
using MeshMcp.Contracts.Files;

namespace MeshMcp.HostBridge.Store;

/// <summary>Declared documents by digest. The empty document needs no file.</summary>
public sealed class DeclaredDocuments
{
    public static readonly string Empty = DigestOf(JsonSerializer.SerializeToUtf8Bytes(new NodeState(), MeshJson.Default.NodeState));

    readonly string _folder;

    public DeclaredDocuments(string folder)
    {
        _folder = folder;
        Directory.CreateDirectory(folder);
    }

    /// <summary>Stores a document and returns its digest; the same content has the same digest however it was written.</summary>
    public string Add(NodeState document)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(document, MeshJson.Default.NodeState);
        var digest = DigestOf(bytes);
        if (digest != Empty && !File.Exists(PathOf(digest))) AtomicFile.Write(PathOf(digest), bytes, AtomicFile.Secret);
        return digest;
    }

    /// <summary>Whether the document is there and is what its digest says; one that is not is set aside.</summary>
    public bool Has(string digest)
    {
        if (digest == Empty) return true;
        if (CorruptFile.Read(PathOf(digest), MeshJson.Default.NodeState) is not { } document) return false;
        if (DigestOf(document) == digest) return true;
        CorruptFile.SetAside(PathOf(digest));
        return false;
    }

    public NodeState Read(string digest) => digest == Empty ? new() : JsonSerializer.Deserialize(File.ReadAllBytes(PathOf(digest)), MeshJson.Default.NodeState)!;

    public static string DigestOf(NodeState document) => DigestOf(JsonSerializer.SerializeToUtf8Bytes(document, MeshJson.Default.NodeState));

    /// <summary>Forgets all that no kept generation names.</summary>
    public void Keep(IReadOnlySet<string> digests)
    {
        foreach (var file in Directory.EnumerateFiles(_folder, "*.json").Where(f => !digests.Contains(Path.GetFileNameWithoutExtension(f)))) File.Delete(file);
    }

    static string DigestOf(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes))[..24];

    string PathOf(string digest) => Path.Combine(_folder, digest + ".json");
}
