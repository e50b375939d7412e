using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.Nodes;
using MeshMcp.HostBridge.Access;

namespace MeshMcp.HostBridge.Audit;

/// <summary>How a call ended, in few words.</summary>
/// <param name="Digest">Of the plan that was carried out.</param>
public sealed record Outcome(string Words, int? Generation, string? Digest = null);

/// <summary>Every mutating call and every refusal, one JSON object a line, each with the hash of the line before it. The one writer.</summary>
public sealed class AuditLog
{
    const int MaxParameters = 2000;

    readonly AuditFiles _files;
    readonly string _node;
    readonly TimeProvider _time;
    readonly Lock _gate = new();
    AuditEntry? _last;

    public AuditLog(string folder, string node, TimeProvider time, long? largest = null)
    {
        (_files, _node, _time) = (largest is { } bytes ? new(folder, bytes) : new(folder), node, time);
        _last = _files.Backwards().Select(AuditChain.Read).FirstOrDefault(e => e is not null);
    }

    /// <summary>Newest first.</summary>
    public IReadOnlyList<AuditEntry> Search(AuditQuery query)
    {
        lock (_gate) return [.. _files.Backwards().Select(AuditChain.Read).OfType<AuditEntry>().Where(query.Fits).Take(query.Limit)];
    }

    /// <summary>All lines as they are on disk, oldest first, up to the last entry there is now; read as they are asked for, and once.</summary>
    public IEnumerable<string> Lines()
    {
        lock (_gate) return _last is { } last ? UpTo(last, _files.Lines()) : [];
    }

    /// <summary>Runs a mutating call and writes down who, what and how it ended; a refusal is written down and thrown on.</summary>
    public async Task AboutAsync<T>(Func<Caller> caller, string action, T parameters, JsonTypeInfo<T> type, Func<Caller, Task<Outcome>> run)
    {
        var shown = JsonSerializer.Serialize(parameters, type);
        Caller? who = null;
        Outcome outcome;
        try
        {
            who = caller();
            outcome = await run(who);
        }
        catch (Exception e)
        {
            var words = e is MeshException mesh ? $"refused, {mesh.Error.Kind}: {mesh.Error.Message}" : $"failed: {e.Message}";
            try
            {
                Append(who, action, shown, new(words, null));
            }
            catch (Exception unwritten) when (unwritten is IOException or UnauthorizedAccessException)
            {
                // The caller learns of the first fault; a full disk must not hide it.
            }
            throw;
        }
        Append(who, action, shown, outcome);
    }

    static IEnumerable<string> UpTo(AuditEntry last, IEnumerable<string> lines)
    {
        foreach (var line in lines)
        {
            yield return line;
            if (AuditChain.Read(line)?.Number >= last.Number) yield break;
        }
    }

    void Append(Caller? caller, string action, string parameters, Outcome outcome)
    {
        if (parameters.Length > MaxParameters)
            parameters = $"{parameters[..MaxParameters]}… ({parameters.Length} characters, sha256 {Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(parameters)))})";
        lock (_gate)
        {
            var before = _last?.Number ?? 0;
            var entry = new AuditEntry(before + 1, _time.GetUtcNow(), _node, caller?.Name ?? "unknown", action, parameters, outcome.Words, outcome.Generation, _last?.Hash ?? AuditChain.Beginning, "", caller?.Tool, outcome.Digest);
            entry = entry with { Hash = AuditChain.HashOf(entry) };
            _files.Append(JsonSerializer.Serialize(entry, MeshJson.Default.AuditEntry), before);
            _last = entry;
        }
    }
}
