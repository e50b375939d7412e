using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.Nodes;
using MeshMcp.HostBridge.Access;
using MeshMcp.HostBridge.Host;

namespace MeshMcp.HostBridge.Audit;

/// <summary>How a call ended, in few words.</summary>
public sealed record Outcome(string Words, int? Generation);

/// <summary>Every mutating call and every refusal, one JSON object a line, each with the hash of the line before it.</summary>
public sealed class AuditLog
{
    const int MaxParameters = 2000;
    const int InMemory = 1000;
    static readonly string First = new('0', 64);

    readonly string _path;
    readonly string _node;
    readonly TimeProvider _time;
    readonly Lock _gate = new();
    readonly Queue<AuditEntry> _newest = new();
    AuditEntry? _last;

    public AuditLog(string path, string node, TimeProvider time)
    {
        (_path, _node, _time) = (path, node, time);
        if (!File.Exists(path)) return;
        foreach (var line in File.ReadLines(path))
            if (TryRead(line) is { } entry) Remember(entry);
    }

    /// <summary>Newest first.</summary>
    public IReadOnlyList<AuditEntry> Newest(int limit)
    {
        lock (_gate) return [.. _newest.Reverse().Take(limit)];
    }

    /// <summary>Runs a mutating call and writes down who, what and how it ended; a refusal is written down and thrown on.</summary>
    public async Task AboutAsync<T>(Func<Caller> caller, string action, T parameters, JsonTypeInfo<T> type, Func<Caller, Task<Outcome>> run)
    {
        var who = "unknown";
        try
        {
            var resolved = caller();
            who = resolved.Name;
            Append(who, action, JsonSerializer.Serialize(parameters, type), await run(resolved));
        }
        catch (Exception e)
        {
            var words = e is MeshException mesh ? $"refused, {mesh.Error.Kind}: {mesh.Error.Message}" : $"failed: {e.Message}";
            Append(who, action, JsonSerializer.Serialize(parameters, type), new(words, null));
            throw;
        }
    }

    /// <summary>Over everything but itself.</summary>
    public static string HashOf(AuditEntry entry) =>
        Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(entry with { Hash = "" }, MeshJson.Default.AuditEntry)));

    void Append(string caller, string action, string parameters, Outcome outcome)
    {
        if (parameters.Length > MaxParameters)
            parameters = $"{parameters[..MaxParameters]}… ({parameters.Length} characters, sha256 {Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(parameters)))})";
        lock (_gate)
        {
            var entry = new AuditEntry((_last?.Number ?? 0) + 1, _time.GetUtcNow(), _node, caller, action, parameters, outcome.Words, outcome.Generation, _last?.Hash ?? First, "");
            entry = entry with { Hash = HashOf(entry) };
            LineFile.Append(_path, JsonSerializer.Serialize(entry, MeshJson.Default.AuditEntry) + "\n");
            Remember(entry);
        }
    }

    void Remember(AuditEntry entry)
    {
        _last = entry;
        _newest.Enqueue(entry);
        if (_newest.Count > InMemory) _newest.Dequeue();
    }

    static AuditEntry? TryRead(string line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, MeshJson.Default.AuditEntry);
        }
        catch (JsonException)
        {
            // Torn by a crash; the chain goes on from the entry before it.
            return null;
        }
    }
}
