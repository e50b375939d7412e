using MeshMcp.Contracts.Files;
using MeshMcp.HostBridge.Host;

namespace MeshMcp.HostBridge.Store;

/// <summary>The file that the node's memory is in: it grows by one line at each moment of a change, written and synced at once, and is written anew, shorter, when it has become long. One writer.</summary>
public sealed class NodeJournal(string path, long largest = NodeJournal.Largest)
{
    public const long Largest = 4 << 20;

    /// <summary>Of what is known to be whole; what lies behind it was torn off by a crash or a full disk.</summary>
    long _end;
    /// <summary>What the file had when it was last written anew.</summary>
    long _short;
    bool _lost;

    public string Path => path;

    /// <summary>Nothing can be added before <see cref="Rewrite"/>.</summary>
    public bool IsMissing => _lost || !File.Exists(path);

    public bool IsLong => _end > largest && _end > 2 * _short;

    /// <summary>Gives every line to <paramref name="take"/> and returns those that cannot be read.</summary>
    public IReadOnlyList<byte[]> Read(Action<JournalRecord, Place> take)
    {
        var unreadable = new List<byte[]>();
        var all = File.ReadAllBytes(path);
        for (var (start, whole) = (0, false); start < all.Length;)
        {
            var rest = all.AsSpan(start);
            var line = rest[..(rest.IndexOf((byte)'\n') + 1)];
            if (line.IsEmpty)
            {
                // A torn end was never acknowledged. But the file begins with a whole line, so all of it is no end.
                if (whole) break;
                line = rest;
            }
            if (JournalRecord.Read(line) is { } record)
            {
                whole = true;
                take(record, new(start, line.Length));
            }
            else
            {
                unreadable.Add(line.ToArray());
            }
            _end = start += line.Length;
        }
        return unreadable;
    }

    /// <summary>Returns once the record is on disk.</summary>
    /// <exception cref="IOException">Or <see cref="UnauthorizedAccessException"/>: it is not, and nothing else changed.</exception>
    public Place Append(JournalRecord record)
    {
        var line = record.ToLine();
        LineFile.AppendAt(path, _end, line);
        var place = new Place(_end, line.Length);
        _end += line.Length;
        return place;
    }

    /// <exception cref="IOException">It is not what was written there.</exception>
    public JournalRecord ReadAt(Place place) =>
        JournalRecord.Read(LineFile.ReadAt(path, place.Start, place.Length)) ?? throw new IOException($"{path} cannot be read at {place.Start}.");

    /// <summary>Puts these in the place of all lines there are. A crash leaves the former ones or these.</summary>
    public void Rewrite(IEnumerable<JournalRecord> records)
    {
        using var lines = new MemoryStream();
        foreach (var record in records) lines.Write(record.ToLine());
        var content = lines.GetBuffer().AsSpan(0, (int)lines.Length);
        // A crash in here left one, perhaps.
        foreach (var half in Directory.GetFiles(System.IO.Path.GetDirectoryName(path)!, System.IO.Path.GetFileName(path) + ".*.tmp")) File.Delete(half);
        try
        {
            AtomicFile.Write(path, content, AtomicFile.Secret);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Renamed, but perhaps not on disk: then only another try tells.
            _lost |= !File.Exists(path) || new FileInfo(path).Length != _end;
            _short = _end;
            throw;
        }
        (_end, _short, _lost) = (content.Length, content.Length, false);
    }
}
