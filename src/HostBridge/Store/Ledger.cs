using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using MeshMcp.Contracts.Files;

namespace MeshMcp.HostBridge.Store;

/// <summary>What things of the host were before the node looked after them, by the names that states call them: the mark that they are ours, and what they go back to.</summary>
public sealed class Ledger<T>(string file, JsonTypeInfo<IReadOnlyDictionary<string, T>> type) where T : class
{
    IReadOnlyDictionary<string, T>? _all;

    /// <summary>A file that cannot be read is set aside, and a finding of the node says so.</summary>
    public IReadOnlyDictionary<string, T> Read() => Volatile.Read(ref _all) ?? Keep(CorruptFile.Read(file, type) ?? new Dictionary<string, T>());

    /// <summary>Writes one down, or forgets it.</summary>
    public void Note(string name, T? record)
    {
        var all = new SortedDictionary<string, T>(Read().ToDictionary(), StringComparer.Ordinal);
        if (record is null) all.Remove(name);
        else all[name] = record;
        AtomicFile.Write(file, JsonSerializer.SerializeToUtf8Bytes(all, type), AtomicFile.Public);
        Keep(all);
    }

    IReadOnlyDictionary<string, T> Keep(IReadOnlyDictionary<string, T> all)
    {
        Volatile.Write(ref _all, all);
        return all;
    }
}
