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
    /// <summary>By number. Never changed, only replaced: it is read while a change is written.</summary>
    StoredGeneration[] _all;

    public GenerationStore(string folder)
    {
        _folder = folder;
        Directory.CreateDirectory(folder);
        _all =
        [
            .. Directory.EnumerateFiles(folder, "*.json").Where(f => !f.EndsWith(".snapshot.json", StringComparison.Ordinal))
                .Select(f => JsonSerializer.Deserialize(File.ReadAllBytes(f), StoreJson.Default.StoredGeneration)).OfType<StoredGeneration>()
                .OrderBy(s => s.Generation.Number),
        ];
    }

    public int Next => (Newest?.Generation.Number ?? 0) + 1;

    public StoredGeneration? Newest => _all is [.., var newest] ? newest : null;

    /// <summary>The newest one that holds: what the node goes back to.</summary>
    public Generation? Confirmed => _all.LastOrDefault(g => g.Generation.Status == GenerationStatus.Confirmed)?.Generation;

    public StoredGeneration? Find(int number) => Array.Find(_all, s => s.Generation.Number == number);

    /// <summary>Newest first.</summary>
    public IReadOnlyList<StoredGeneration> List(int limit) => [.. _all.TakeLast(limit).Reverse()];

    public void Write(StoredGeneration stored)
    {
        var number = stored.Generation.Number;
        AtomicFile.Write(PathOf(number), JsonSerializer.SerializeToUtf8Bytes(stored, StoreJson.Default.StoredGeneration), AtomicFile.Secret);
        _all = [.. _all.Where(s => s.Generation.Number != number), stored];
        if (stored.Generation.Status is GenerationStatus.Applying or GenerationStatus.AwaitingConfirmation) return;
        File.Delete(SnapshotPathOf(number));
        StoredGeneration[] old = [.. _all.SkipLast(Kept).Where(s => s.Generation.Number != Confirmed?.Number)];
        if (old.Length == 0) return;
        _all = [.. _all.Where(s => !old.Contains(s))];
        foreach (var gone in old) File.Delete(PathOf(gone.Generation.Number));
    }

    public void WriteSnapshot(int number, Snapshot snapshot) =>
        AtomicFile.Write(SnapshotPathOf(number), JsonSerializer.SerializeToUtf8Bytes(snapshot, StoreJson.Default.Snapshot), AtomicFile.Secret);

    public Snapshot? ReadSnapshot(int number) =>
        File.Exists(SnapshotPathOf(number)) ? JsonSerializer.Deserialize(File.ReadAllBytes(SnapshotPathOf(number)), StoreJson.Default.Snapshot) : null;

    string PathOf(int number) => Path.Combine(_folder, number.ToString("D6", CultureInfo.InvariantCulture) + ".json");

    string SnapshotPathOf(int number) => Path.Combine(_folder, number.ToString("D6", CultureInfo.InvariantCulture) + ".snapshot.json");
}
