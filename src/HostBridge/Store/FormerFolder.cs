using System.Globalization;
using System.Text;
using System.Text.Json;

namespace MeshMcp.HostBridge.Store;

/// <summary>The memory of version 0.1.0: a file of edits, a file each for generations and their snapshots. Its documents are where they still are.</summary>
sealed class FormerFolder(string folder)
{
    const string SnapshotEnding = ".snapshot.json";

    string Edits => Path.Combine(folder, "edits.jsonl");

    string Generations => Path.Combine(folder, "generations");

    public bool IsThere => File.Exists(Edits) || (Directory.Exists(Generations) && Directory.EnumerateFiles(Generations, "*.json").Any());

    /// <summary>Gives all of it to <paramref name="take"/> and returns the lines that cannot be read.</summary>
    public IReadOnlyList<byte[]> Read(Action<JournalRecord> take)
    {
        var unreadable = new List<byte[]>();
        foreach (var line in File.Exists(Edits) ? File.ReadLines(Edits) : [])
            if (EntryIn(line) is { } entry) take(new(Edits: [entry]));
            else if (line.Length > 0) unreadable.Add(Encoding.UTF8.GetBytes(line + "\n"));
        if (!Directory.Exists(Generations)) return unreadable;
        foreach (var file in Directory.GetFiles(Generations, "*.json").Where(f => !f.EndsWith(SnapshotEnding, StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            if (CorruptFile.Read(file, StoreJson.Default.StoredGeneration) is not { } stored) continue;
            var snapshot = CorruptFile.Read(Path.ChangeExtension(file, null) + SnapshotEnding, StoreJson.Default.Snapshot);
            take(new(Snapshot: snapshot is null ? null : new(stored.Generation.Number, snapshot), Generation: stored));
        }
        // Numbers of what was set aside are not given again.
        take(new(Given: CorruptFile.In(Generations).Select(f => int.TryParse(Path.GetFileName(f).Split('.')[0], CultureInfo.InvariantCulture, out var number) ? number : 0).DefaultIfEmpty().Max()));
        return unreadable;
    }

    /// <summary>Once the journal has all of it.</summary>
    public void Delete()
    {
        if (!IsThere) return;
        File.Delete(Edits);
        if (!Directory.Exists(Generations)) return;
        foreach (var file in Directory.GetFiles(Generations, "*.json")) File.Delete(file);
        if (!Directory.EnumerateFileSystemEntries(Generations).Any()) Directory.Delete(Generations);
    }

    static EditEntry? EntryIn(string line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, StoreJson.Default.EditEntry);
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            return null;
        }
    }
}
