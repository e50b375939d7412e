using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using MeshMcp.Contracts.Edits;
using MeshMcp.HostBridge.Host;
using MeshMcp.HostBridge.Json;

namespace MeshMcp.HostBridge.Store;

/// <summary>An edit with its place: each names the one it stands on, so that "the edits up to this head" never depends on what was undone elsewhere.</summary>
/// <param name="Parent">Number of the edit before it; 0 for none.</param>
public sealed record EditEntry(int Number, int Parent, DateTimeOffset At, string By, string? Why, Edit Edit);

/// <summary>All edits ever made, append-only, one JSON object a line. An entry counts only once a generation names it as its head.</summary>
public sealed class EditLog
{
    readonly string _path;
    /// <summary>Read while a change is written.</summary>
    readonly ConcurrentDictionary<int, EditEntry> _entries = [];
    int _last;

    public EditLog(string path)
    {
        _path = path;
        if (!File.Exists(path)) return;
        foreach (var line in File.ReadLines(path))
        {
            // A line torn by a crash was never the head of a generation.
            if (!TryRead(line, out var entry)) continue;
            _entries[entry.Number] = entry;
            _last = Math.Max(_last, entry.Number);
        }
    }

    /// <summary>Appends in order on top of <paramref name="head"/> and returns the new head once all is on disk.</summary>
    public int Append(int head, IEnumerable<Edit> edits, DateTimeOffset at, string by, string? why)
    {
        var lines = new StringBuilder();
        var added = new List<EditEntry>();
        foreach (var edit in edits)
        {
            var entry = new EditEntry(_last + added.Count + 1, head, at, by, why, edit);
            added.Add(entry);
            head = entry.Number;
            lines.Append(JsonSerializer.Serialize(entry, StoreJson.Default.EditEntry)).Append('\n');
        }
        if (added.Count == 0) return head;
        LineFile.Append(_path, lines.ToString());
        foreach (var entry in added) _entries[entry.Number] = entry;
        _last = head;
        return head;
    }

    /// <summary>The edits up to <paramref name="head"/>, oldest first.</summary>
    public IReadOnlyList<EditEntry> Up(int head)
    {
        var chain = new List<EditEntry>();
        for (var at = head; at != 0 && _entries.TryGetValue(at, out var entry); at = entry.Parent) chain.Add(entry);
        chain.Reverse();
        return chain;
    }

    static bool TryRead(string line, out EditEntry entry)
    {
        try
        {
            entry = JsonSerializer.Deserialize(line, StoreJson.Default.EditEntry)!;
            return entry is not null;
        }
        catch (JsonException)
        {
            entry = null!;
            return false;
        }
    }
}
