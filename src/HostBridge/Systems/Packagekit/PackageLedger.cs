using System.Text.Json;
using MeshMcp.Contracts.Files;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Json;

namespace MeshMcp.HostBridge.Systems.Packagekit;

/// <summary>A package that is looked after.</summary>
/// <param name="WasInstalled">Before.</param>
public sealed record PackageRecord(bool WasInstalled, Ensure Wanted);

/// <summary>What packages were before: the mark that they are ours.</summary>
public sealed class PackageLedger(string file)
{
    IReadOnlyDictionary<string, PackageRecord>? _all;

    public IReadOnlyDictionary<string, PackageRecord> Read() => Volatile.Read(ref _all) ?? Keep(
        File.Exists(file) ? JsonSerializer.Deserialize(File.ReadAllBytes(file), StoreJson.Default.IReadOnlyDictionaryStringPackageRecord)! : new Dictionary<string, PackageRecord>());

    /// <summary>Writes one down, or forgets it.</summary>
    public void Note(string name, PackageRecord? record)
    {
        var all = new SortedDictionary<string, PackageRecord>(Read().ToDictionary(), StringComparer.Ordinal);
        if (record is null) all.Remove(name);
        else all[name] = record;
        AtomicFile.Write(file, JsonSerializer.SerializeToUtf8Bytes(all, StoreJson.Default.IReadOnlyDictionaryStringPackageRecord), AtomicFile.Public);
        Keep(all);
    }

    IReadOnlyDictionary<string, PackageRecord> Keep(IReadOnlyDictionary<string, PackageRecord> all)
    {
        Volatile.Write(ref _all, all);
        return all;
    }
}
