using System.Text.Json;
using MeshMcp.Contracts.Files;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Json;

namespace MeshMcp.HostBridge.Systems.Systemd;

/// <summary>A unit that is looked after.</summary>
/// <param name="Unit">Its own name.</param>
/// <param name="Before">What it was before, of that which is looked after.</param>
/// <param name="Wanted">What was last wanted of it.</param>
public sealed record UnitRecord(string Unit, UnitState Before, UnitState Wanted);

/// <summary>What units were before, by the names that states call them: the mark that they are ours, and what they go back to.</summary>
public sealed class UnitLedger(string file)
{
    IReadOnlyDictionary<string, UnitRecord>? _all;

    public IReadOnlyDictionary<string, UnitRecord> Read() => Volatile.Read(ref _all) ?? Keep(
        File.Exists(file) ? JsonSerializer.Deserialize(File.ReadAllBytes(file), StoreJson.Default.IReadOnlyDictionaryStringUnitRecord)! : new Dictionary<string, UnitRecord>());

    /// <summary>Writes one down, or forgets it.</summary>
    public void Note(string name, UnitRecord? record)
    {
        var all = new SortedDictionary<string, UnitRecord>(Read().ToDictionary(), StringComparer.Ordinal);
        if (record is null) all.Remove(name);
        else all[name] = record;
        AtomicFile.Write(file, JsonSerializer.SerializeToUtf8Bytes(all, StoreJson.Default.IReadOnlyDictionaryStringUnitRecord), AtomicFile.Public);
        Keep(all);
    }

    IReadOnlyDictionary<string, UnitRecord> Keep(IReadOnlyDictionary<string, UnitRecord> all)
    {
        Volatile.Write(ref _all, all);
        return all;
    }
}
