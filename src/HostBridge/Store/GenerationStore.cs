using System.Globalization;
using System.Text.Json;
using MeshMcp.Contracts.Changes;
using MeshMcp.HostBridge.Engine;
using MeshMcp.Contracts.Files;
using MeshMcp.HostBridge.Host;
using MeshMcp.HostBridge.Json;

namespace MeshMcp.HostBridge.Store;

/// <summary>A generation as stored.</summary>
/// <param name="Applied">When the change was in place, on the clock that no one sets; absent while it is being applied.</param>
public sealed record StoredGeneration(Generation Generation, BootInstant? Applied = null);

/// <summary>Generations on disk, one file each; the snapshot beside it lives until the generation has ended.</summary>
public sealed class GenerationStore
{
    /// <summary>Enough to find out what happened last week, few enough to list.</summary>
    const int Kept = 1000;

    readonly string _folder;
    readonly SortedDictionary<int, StoredGeneration> _all = [];

    public GenerationStore(string folder)
    {
        _folder = folder;
        Directory.CreateDirectory(folder);
        foreach (var file in Directory.EnumerateFiles(folder, "*.json").Where(f => !f.EndsWith(".snapshot.json", StringComparison.Ordinal)))
            if (JsonSerializer.Deserialize(File.ReadAllBytes(file), StoreJson.Default.StoredGeneration) is { } stored)
                _all[stored.Generation.Number] = stored;
    }

    public int Next => _all.Count == 0 ? 1 : _all.Keys.Max() + 1;

    public StoredGeneration? Newest => _all.Count == 0 ? null : _all[_all.Keys.Max()];

    /// <summary>The newest one that holds: what the node goes back to.</summary>
    public Generation? Confirmed => _all.Values.LastOrDefault(g => g.Generation.Status == GenerationStatus.Confirmed)?.Generation;

    public StoredGeneration? Find(int number) => _all.GetValueOrDefault(number);

    /// <summary>Newest first.</summary>
    public IReadOnlyList<StoredGeneration> List(int limit) => [.. _all.Values.Reverse().Take(limit)];

    public void Write(StoredGeneration stored)
    {
        var number = stored.Generation.Number;
        AtomicFile.Write(PathOf(number), JsonSerializer.SerializeToUtf8Bytes(stored, StoreJson.Default.StoredGeneration), AtomicFile.Secret);
        _all[number] = stored;
        if (stored.Generation.Status is GenerationStatus.Applying or GenerationStatus.AwaitingConfirmation) return;
        File.Delete(SnapshotPathOf(number));
        foreach (var old in _all.Keys.Take(Math.Max(0, _all.Count - Kept)).Where(n => n != Confirmed?.Number).ToArray())
        {
            _all.Remove(old);
            File.Delete(PathOf(old));
        }
    }

    public void WriteSnapshot(int number, Snapshot snapshot) =>
        AtomicFile.Write(SnapshotPathOf(number), JsonSerializer.SerializeToUtf8Bytes(snapshot, StoreJson.Default.Snapshot), AtomicFile.Secret);

    public Snapshot? ReadSnapshot(int number) =>
        File.Exists(SnapshotPathOf(number)) ? JsonSerializer.Deserialize(File.ReadAllBytes(SnapshotPathOf(number)), StoreJson.Default.Snapshot) : null;

    string PathOf(int number) => Path.Combine(_folder, number.ToString("D6", CultureInfo.InvariantCulture) + ".json");

    string SnapshotPathOf(int number) => Path.Combine(_folder, number.ToString("D6", CultureInfo.InvariantCulture) + ".snapshot.json");
}
