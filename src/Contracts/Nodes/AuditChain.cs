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

    /// <summary>Null for a line that a crash cut off.</summary>
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

    /// <param name="lines">Oldest first.</param>
    /// <param name="holds">The hash of an entry that must be among them; null: none in particular.</param>
    public static AuditVerdict Check(IEnumerable<string> lines, string? holds = null)
    {
        var faults = new List<AuditFault>();
        AuditEntry? first = null, last = null;
        long number = 0, entries = 0;
        var torn = 0;
        var held = holds is null;
        foreach (var line in lines)
        {
            number++;
            if (Read(line) is not { } entry)
            {
                torn++;
                continue;
            }
            entries++;
            if (FaultOf(entry, last) is { } what && faults.Count < MostFaults) faults.Add(new(number, $"entry {entry.Number}: {what}"));
            held |= entry.Hash == holds;
            (first, last) = (first ?? entry, entry);
        }
        if (!held) faults.Add(new(number, $"no entry has the hash {holds}: entries were taken away"));
        return new(entries, first?.Number, last?.Number, last?.Hash, torn, faults);
    }

    static string? FaultOf(AuditEntry entry, AuditEntry? before)
    {
        if (HashOf(entry) != entry.Hash) return "its hash is not that of its content: it was altered";
        if (before is null) return entry.Number == 1 && entry.Previous != Beginning ? "it is the first but says that another was before it" : null;
        return entry.Previous == before.Hash && entry.Number == before.Number + 1 ? null : $"it does not follow entry {before.Number}: entries between were altered or taken away";
    }
}
