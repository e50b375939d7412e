using System.Collections.Concurrent;
using MeshMcp.Contracts.Edits;
using MeshMcp.HostBridge.Host;

namespace MeshMcp.HostBridge.Store;

/// <summary>All edits ever made. An entry counts only once a generation names it as its head.</summary>
public sealed class EditLog(Action<JournalRecord> write)
{
    /// <summary>Read while a change is written.</summary>
    readonly ConcurrentDictionary<int, EditEntry> _entries = [];
    int _last;

    /// <summary>Appends in order on top of <paramref name="head"/> and returns the new head.</summary>
    /// <param name="settled">Written before the edits.</param>
    /// <param name="expires">When the edits are over by themselves.</param>
    public int Append(int head, IEnumerable<Edit> edits, DateTimeOffset at, string by, string? why, int generation = 0, Settlement? settled = null, Deadline? expires = null)
    {
        var added = new List<EditEntry>();
        if (settled is not null) added.Add(new(_last + 1, head, at, by, why, null, generation, settled));
        foreach (var edit in edits) added.Add(new(_last + added.Count + 1, added is [.., var before] ? before.Number : head, at, by, why, edit, generation, Expires: expires));
        Write(added);
        return added is [.., var newest] ? newest.Number : head;
    }

    /// <summary>Takes over another node's chain under numbers that are free here, and returns its head.</summary>
    /// <param name="lines">Oldest first.</param>
    public int Import(IReadOnlyList<EditEntry> lines, int generation)
    {
        var numbers = lines.Select((line, i) => (line.Number, New: _last + i + 1)).ToDictionary(l => l.Number, l => l.New);
        EditEntry[] added =
        [
            .. lines.Select(line => line with
            {
                Number = numbers[line.Number],
                Parent = numbers.GetValueOrDefault(line.Parent),
                Generation = generation,
                Settled = line.Settled is { } settled
                    ? settled with
                    {
                        Absorbed = [.. settled.Absorbed.Where(numbers.ContainsKey).Select(n => numbers[n])],
                        Suspended = [.. settled.Suspended.Where(s => numbers.ContainsKey(s.Edit)).Select(s => s with { Edit = numbers[s.Edit] })],
                        Overruled = settled.Overruled is { } overruled ? [.. overruled.Where(numbers.ContainsKey).Select(n => numbers[n])] : null,
                        Undone = settled.Undone is { } undone ? [.. undone.Where(numbers.ContainsKey).Select(n => numbers[n])] : null,
                        Expired = settled.Expired is { } expired ? [.. expired.Where(numbers.ContainsKey).Select(n => numbers[n])] : null,
                    }
                    : null,
            }),
        ];
        Write(added);
        return added is [.., var newest] ? newest.Number : 0;
    }

    /// <summary>Newest first.</summary>
    public IReadOnlyList<EditEntry> Newest => [.. _entries.Values.OrderByDescending(e => e.Number)];

    /// <summary>The lines up to <paramref name="head"/>.</summary>
    public EditChain Up(int head)
    {
        var chain = new List<EditEntry>();
        for (var at = head; at != 0 && _entries.TryGetValue(at, out var entry); at = entry.Parent) chain.Add(entry);
        chain.Reverse();
        return new(chain);
    }

    /// <summary>Whether every line up to <paramref name="head"/> is there.</summary>
    public bool Reaches(int head)
    {
        for (var at = head; at != 0;)
        {
            if (!_entries.TryGetValue(at, out var entry)) return false;
            at = entry.Parent;
        }
        return true;
    }

    /// <summary>One each: of a line that cannot be read as little as possible is lost.</summary>
    internal IEnumerable<JournalRecord> Records => _entries.Values.OrderBy(e => e.Number).Select(e => new JournalRecord(Edits: [e]));

    /// <summary>Counts what is in the journal.</summary>
    internal void Take(IReadOnlyList<EditEntry> added)
    {
        foreach (var entry in added)
        {
            _entries[entry.Number] = entry;
            _last = Math.Max(_last, entry.Number);
        }
    }

    void Write(IReadOnlyList<EditEntry> added)
    {
        if (added.Count == 0) return;
        write(new(Edits: added));
        // Also where they only wait for their moment to end: a number is given once.
        _last = added[^1].Number;
    }
}
