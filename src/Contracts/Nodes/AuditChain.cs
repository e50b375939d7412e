using System.Security.Cryptography;
using System.Text.Json;
using MeshMcp.Contracts.Json;

namespace MeshMcp.Contracts.Nodes;

/// <summary>The chain that the audit's lines form. Pure, so that a copy of the audit can be checked anywhere.</summary>
public static class AuditChain
{
    const int MostFaults = 20;

    /// <summary>What the first entry of all has as the hash before it.</summary>
    public static readonly string Beginning = new('0', 64);

    /// <summary>Over everything but itself.</summary>
    public static string HashOf(AuditEntry entry) =>
        Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(entry with { Hash = "" }, MeshJson.Default.AuditEntry)));

    /// <summary>Null for a line that is no entry.</summary>
    public static AuditEntry? Read(string line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, MeshJson.Default.AuditEntry);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>An entry has one way to be written: any other, a key twice among them, is somebody else's.</summary>
    public static string Written(AuditEntry entry) => JsonSerializer.Serialize(entry, MeshJson.Default.AuditEntry);

    /// <param name="lines">Oldest first.</param>
    /// <param name="heads">What was written down of them elsewhere; null: the lines alone are judged.</param>
    /// <param name="holds">The hash of an entry that must be among them; null: none in particular.</param>
    public static AuditVerdict Check(IEnumerable<AuditLine> lines, AuditHeads? heads = null, string? holds = null)
    {
        var faults = new List<AuditFault>();
        var known = heads?.All.GroupBy(h => h.Number).ToDictionary(h => h.Key, h => h.Last().Hash) ?? [];
        AuditEntry? first = null, last = null;
        long number = 0, entries = 0;
        // A line without an end is what a crash cut off where it is the last of all.
        (long Line, string What)? torn = null;
        var held = holds is null;
        foreach (var line in lines)
        {
            number++;
            if (torn is { } before) Add(before.Line, before.What);
            torn = null;
            var entry = Read(line.Text);
            if (!line.Whole && (entry is null || !known.ContainsKey(entry.Number)))
            {
                torn = (number, "it has no end: half of it is gone");
                continue;
            }
            if (entry is null)
            {
                Add(number, "it is no entry: garbage, or a part of one");
                continue;
            }
            entries++;
            if (FaultOf(entry, line, last, heads, known) is { } what) Add(number, $"entry {entry.Number}: {what}");
            held |= entry.Hash == holds;
            (first, last) = (first ?? entry, entry);
        }
        if (heads is not null && (last?.Number ?? 0) < heads.Last.Number)
            Add(number, $"entries {(last?.Number ?? heads.First.Number) + 1} to {heads.Last.Number} are not there: they were taken from the end");
        if (heads?.SignatureFault is { } forged) Add(0, forged);
        if (!held) faults.Add(new(number, $"no entry has the hash {holds}: entries were taken away"));
        return new(entries, first?.Number, last?.Number, last?.Hash, torn is null ? 0 : 1, faults) { After = heads is null ? null : Math.Max(0, (last?.Number ?? 0) - heads.Last.Number), SignedBy = heads?.SignedBy?.ToString() };

        void Add(long line, string what)
        {
            if (faults.Count < MostFaults) faults.Add(new(line, what));
        }
    }

    static string? FaultOf(AuditEntry entry, AuditLine line, AuditEntry? before, AuditHeads? heads, Dictionary<long, string> known)
    {
        if (HashOf(entry) != entry.Hash) return "its hash is not that of its content: it was altered";
        if (Written(entry) != line.Text) return "it is not written as it was: its form was altered, or it says something twice";
        if (!line.Whole) return "its line has no end: that was taken away";
        if (known.TryGetValue(entry.Number, out var hash) && hash != entry.Hash) return "its head is another: it took the place of the one that was written";
        if (before is not null) return entry.Previous == before.Hash && entry.Number == before.Number + 1 ? null : $"it does not follow entry {before.Number}: entries between were altered or taken away";
        if (heads is not null && (entry.Number != heads.First.Number + 1 || entry.Previous != heads.First.Hash)) return $"it is the first, and should be entry {heads.First.Number + 1}: entries were taken from the beginning";
        return entry.Number == 1 && entry.Previous != Beginning ? "it is the first but says that another was before it" : null;
    }
}
