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
    readonly string _folder;
    readonly History _kept;
    /// <summary>By number. Never changed, only replaced: it is read while a change is written.</summary>
    StoredGeneration[] _all;

    public GenerationStore(string folder, History kept)
    {
        (_folder, _kept) = (folder, kept);
        Directory.CreateDirectory(folder);
        _all =
        [
            .. Directory.GetFiles(folder, "*.json").Where(f => !f.EndsWith(".snapshot.json", StringComparison.Ordinal))
                .Select(Read).OfType<StoredGeneration>().OrderBy(s => s.Generation.Number),
        ];
    }

    /// <summary>Numbers of what was set aside are not given again.</summary>
    public int Next => Math.Max(Newest?.Generation.Number ?? 0, CorruptFile.In(_folder).Select(f => int.TryParse(Path.GetFileName(f).Split('.')[0], out var number) ? number : 0).DefaultIfEmpty().Max()) + 1;

    public StoredGeneration? Newest => _all is [.., var newest] ? newest : null;

    /// <summary>The newest one that holds: what the node goes back to.</summary>
    public Generation? Confirmed => _all.LastOrDefault(g => g.Generation.Status == GenerationStatus.Confirmed)?.Generation;

    public StoredGeneration? Find(int number) => Array.Find(_all, s => s.Generation.Number == number);

    /// <summary>Newest first.</summary>
    public IReadOnlyList<StoredGeneration> List(int limit) => [.. _all.TakeLast(limit).Reverse()];

    public IReadOnlyList<StoredGeneration> All => _all;

    /// <summary>Returns whether older ones were forgotten for it.</summary>
    public bool Write(StoredGeneration stored)
    {
        var number = stored.Generation.Number;
        AtomicFile.Write(PathOf(number), JsonSerializer.SerializeToUtf8Bytes(stored, StoreJson.Default.StoredGeneration), AtomicFile.Secret);
        _all = [.. _all.Where(s => s.Generation.Number != number), stored];
        if (stored.Generation.Status is GenerationStatus.Applying or GenerationStatus.AwaitingConfirmation) return false;
        File.Delete(SnapshotPathOf(number));
        var young = TimeSpan.FromDays(_kept.Days);
        StoredGeneration[] old = [.. _all.SkipLast(_kept.Generations).Where(s => stored.Generation.At - s.Generation.At >= young && s.Generation.Number != Confirmed?.Number)];
        if (old.Length == 0) return false;
        _all = [.. _all.Except(old)];
        foreach (var gone in old) File.Delete(PathOf(gone.Generation.Number));
        return true;
    }

    /// <summary>Takes out one that cannot be gone back to.</summary>
    public void SetAside(int number)
    {
        CorruptFile.SetAside(PathOf(number));
        _all = [.. _all.Where(s => s.Generation.Number != number)];
    }

    public void WriteSnapshot(int number, Snapshot snapshot) =>
        AtomicFile.Write(SnapshotPathOf(number), JsonSerializer.SerializeToUtf8Bytes(snapshot, StoreJson.Default.Snapshot), AtomicFile.Secret);

    /// <summary>Null when it is missing or cannot be read.</summary>
    public Snapshot? ReadSnapshot(int number) => CorruptFile.Read(SnapshotPathOf(number), StoreJson.Default.Snapshot);

    static StoredGeneration? Read(string file) => CorruptFile.Read(file, StoreJson.Default.StoredGeneration);

    string PathOf(int number) => Path.Combine(_folder, number.ToString("D6", CultureInfo.InvariantCulture) + ".json");

    string SnapshotPathOf(int number) => Path.Combine(_folder, number.ToString("D6", CultureInfo.InvariantCulture) + ".snapshot.json");
}
