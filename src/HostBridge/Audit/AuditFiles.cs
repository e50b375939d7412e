using System.Text;
using MeshMcp.Contracts.Files;
using MeshMcp.Contracts.Nodes;
using MeshMcp.HostBridge.Host;

namespace MeshMcp.HostBridge.Audit;

/// <summary>The one writer of an <see cref="AuditTrail"/>. One chain goes through all its files.</summary>
/// <param name="largest">Bytes after which a new file is begun.</param>
sealed class AuditFiles(string folder, long largest = AuditFiles.Largest)
{
    const long Largest = 8 << 20;
    const int Kept = 30, Block = 4096;

    public AuditTrail Trail { get; } = new(Path.Combine(folder, "audit.jsonl"));

    /// <summary>Returns once the line is on disk.</summary>
    /// <param name="before">The entry before it.</param>
    public void Append(AuditEntry entry, AuditHead before)
    {
        if (File.Exists(Trail.Newest) && new FileInfo(Trail.Newest).Length >= largest) Rotate(before);
        var line = AuditChain.Written(entry) + "\n";
        var (end, unended) = EndOfLines(before);
        if (end == 0) LineFile.Append(Trail.Newest, line);
        else LineFile.AppendAt(Trail.Newest, end, Encoding.UTF8.GetBytes(unended ? "\n" + line : line));
        Note(new(entry.Number, entry.Hash), before);
    }

    /// <summary>After the entry is on disk: a crash in between leaves an entry more than there are heads, never a head without its entry. Not synced: a power cut does the same.</summary>
    void Note(AuditHead head, AuditHead before)
    {
        try
        {
            if (File.Exists(Trail.HeadsFile)) LineFile.Append(Trail.HeadsFile, $"{head}\n", synced: false);
            else Write([First(before), head]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The entry is there; a later head speaks for it too.
        }
    }

    /// <summary>What was before the oldest entry there is: <paramref name="otherwise"/> where that one cannot be read.</summary>
    AuditHead First(AuditHead otherwise)
    {
        using var lines = Trail.Open();
        return lines.Lines().Select(l => AuditChain.Read(l.Text)).OfType<AuditEntry>().FirstOrDefault() is { } first ? new(first.Number - 1, first.Previous) : otherwise;
    }

    void Rotate(AuditHead last)
    {
        var heads = Trail.Heads();
        File.Move(Trail.Newest, Trail.PathOfOlder(last.Number), overwrite: true);
        var older = Trail.Older();
        foreach (var old in older.SkipLast(Kept)) File.Delete(old);
        if (heads is null) return;
        // Those of the files that are kept, each file's last, and of the last one that is not.
        var ends = older.Select(AuditTrail.NumberOf).ToHashSet();
        var known = heads.All.Where(h => ends.Contains(h.Number)).DistinctBy(h => h.Number).OrderBy(h => h.Number).ToList();
        Write(older.Count > Kept ? [.. known.TakeLast(Kept + 1)] : [heads.First, .. known]);
    }

    void Write(IReadOnlyList<AuditHead> heads) => AtomicFile.Write(Trail.HeadsFile, Encoding.ASCII.GetBytes(string.Concat(heads.Select(h => $"{h}\n"))), AtomicFile.Secret);

    /// <summary>Where the next line goes: what a crash or a full disk left of one after the last end of a line never counted. An entry that counted, and only its end is gone, stays.</summary>
    (long End, bool Unended) EndOfLines(AuditHead before)
    {
        if (!File.Exists(Trail.Newest)) return (0, false);
        var length = new FileInfo(Trail.Newest).Length;
        for (var start = length; start > 0;)
        {
            var from = Math.Max(0, start - Block);
            if (LineFile.ReadAt(Trail.Newest, from, (int)(start - from)).AsSpan().LastIndexOf((byte)'\n') is >= 0 and var at) return Ended(from + at + 1, length, before);
            start = from;
        }
        return Ended(0, length, before);
    }

    (long, bool) Ended(long end, long length, AuditHead before) =>
        end < length && AuditChain.Read(Encoding.UTF8.GetString(LineFile.ReadAt(Trail.Newest, end, (int)(length - end))))?.Hash == before.Hash ? (length, true) : (end, false);
}
