using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.Logs;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.Trust;
using MeshMcp.HostBridge.Access;

namespace MeshMcp.HostBridge.Audit;

/// <summary>How a call ended, in few words.</summary>
/// <param name="Digest">Of the plan that was carried out.</param>
public sealed record Outcome(string Words, int? Generation, string? Digest = null);

/// <summary>
/// Every mutating call and every refusal, one JSON object a line, each with the hash of the line before it. The one writer.
/// Of a caller's refusals of one kind the first is a line at once, what follows is counted and is one line a minute.
/// </summary>
public sealed class AuditLog : IDisposable
{
    const int MaxParameters = 2000;
    /// <summary>Entries are in the order in which they were written, and a clock may have been set between two of them.</summary>
    static readonly TimeSpan ClockSet = TimeSpan.FromDays(1);
    const string Unknown = "unknown", About = "audit", Nothing = "\"\"";

    readonly AuditFiles _files;
    readonly string _node;
    readonly TimeProvider _time;
    readonly Func<string, string> _mask;
    readonly RefusalFold<(string Proven, string? Says)> _refusals;
    readonly ITimer _flush;
    readonly Lock _gate = new();
    /// <summary>Of the last entry that was written, which is known here and not only from the files.</summary>
    AuditHead _head;
    /// <summary>What is wrong with the files that were found; the first thing to be written.</summary>
    string? _found;

    /// <param name="mask">What words go through before they are written: nothing of a secret may be in them.</param>
    public AuditLog(string folder, string node, TimeProvider time, long? largest = null, Func<string, string>? mask = null)
    {
        _mask = mask ?? (text => text);
        (_files, _node, _time, _refusals) = (largest is { } bytes ? new(folder, bytes) : new(folder), node, time, new(time, ("others", null)));
        _flush = time.CreateTimer(_ => Flush(all: false), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        (_head, _found) = Continue(_files.Trail);
    }

    /// <summary>Newest first; read as they are asked for, and once. Nobody who writes waits for it.</summary>
    public IEnumerable<AuditEntry> Search(AuditQuery query)
    {
        using var open = Open();
        foreach (var entry in open.Backwards().Select(l => AuditChain.Read(l.Text)).OfType<AuditEntry>().TakeWhile(e => query.Since is not { } since || e.At > since - ClockSet).Where(query.Fits).Take(query.Limit)) yield return entry;
    }

    /// <summary>All lines as they are on disk, oldest first; what is written meanwhile is not among them. Read as they are asked for, and once.</summary>
    public IEnumerable<string> Lines()
    {
        var open = Open();
        return Read(open);

        static IEnumerable<string> Read(OpenAudit open)
        {
            using (open)
                foreach (var line in open.Lines().Where(l => l.Whole)) yield return line.Text;
        }
    }

    /// <summary>Whether everything is there as it was written: by the lines, by the heads beside them, and by the head that this process holds.</summary>
    /// <param name="holds">The hash of an entry that must be among them; null: none in particular.</param>
    public AuditVerdict Verify(string? holds = null)
    {
        OpenAudit open;
        AuditHeads? heads;
        AuditHead held;
        lock (_gate) (open, heads, held) = (_files.Trail.Open(), _files.Trail.Heads(), _head);
        using var files = open;
        var verdict = AuditChain.Check(files.Lines(), heads, holds);
        if (held.Number == 0 && verdict.Entries == 0) return verdict;
        if (heads is null) verdict = verdict.With(new(0, $"{_files.Trail.HeadsFile} is not there, or has no head: it was taken away"));
        else if (heads.Last != held) verdict = verdict.With(new(0, $"the heads end with entry {heads.Last.Number}, and not with entry {held.Number} as it was written: they were altered"));
        return (verdict.Last ?? 0, verdict.LastHash ?? AuditChain.Beginning) == (held.Number, held.Hash) ? verdict
            : verdict.With(new(0, $"the last entry is {verdict.Last ?? 0}, and not entry {held.Number} as it was written: the end was altered"));
    }

    /// <summary>Its head, to be kept elsewhere: whoever has it can tell that entries up to it were taken away.</summary>
    /// <param name="signer">The node's certificate with its key; null: unsigned.</param>
    public string ExportHeads(X509Certificate2? signer)
    {
        lock (_gate) return new AuditHeads([_files.Trail.Heads()?.First ?? AuditHead.None, _head]).Export(_node, _time.GetUtcNow(), signer);
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
        catch (MeshException e)
        {
            Refused(who, action, e, shown);
            throw;
        }
        catch (Exception e)
        {
            TryAppend(who, action, shown, new($"failed: {e.Message}", null));
            throw;
        }
        Append(who, action, shown, outcome);
    }

    /// <summary>Writes down what the agent did by itself; that it is done a full disk does not change.</summary>
    /// <param name="about">What it did it to.</param>
    public void Did(string action, string about, Outcome outcome) => TryAppend(Caller.Itself, action, JsonSerializer.Serialize(about, MeshJson.Default.String), outcome);

    /// <summary>Writes a refusal down, or counts it.</summary>
    /// <param name="who">Null: whom the refusal names.</param>
    public void Refused(Caller? who, string action, MeshException why, string parameters = Nothing)
    {
        who ??= (why as StrangerException)?.Caller;
        Refused(who, action, $"refused, {why.Error.Kind}: {why.Error.Message}", why.Error.Kind.ToString(), parameters);
    }

    /// <param name="count">More than one where somebody else has counted already.</param>
    public void Refused(Caller? who, string action, string words, string kind, string parameters = Nothing, int count = 1)
    {
        if (_refusals.Admit((who?.Proven ?? Unknown, who?.Says), action, kind, words, count)) TryAppend(who, action, parameters, new(words, null));
        else _flush.Change(RefusalFold<string>.Every, Timeout.InfiniteTimeSpan);
        // One who goes on and on would never let the timer end.
        Flush(all: false);
    }

    public void Dispose()
    {
        _flush.Dispose();
        Flush(all: true);
    }

    /// <summary>Goes on after the last entry. Where that is not the one that the heads end with, the gap stays to be seen in the chain.</summary>
    static (AuditHead Head, string? Found) Continue(AuditTrail trail)
    {
        using var open = trail.Open();
        var last = open.Backwards().Select(l => AuditChain.Read(l.Text)).FirstOrDefault(e => e is not null);
        if (trail.Heads() is not { } heads)
            return last is null ? (AuditHead.None, null) : (new(last.Number, last.Hash), $"there were no heads: from here on there are; that nothing before was taken away only the chain tells, up to entry {last.Number}");
        if (last is null) return heads.Last == heads.First ? (heads.Last, null) : (heads.Last, $"entries up to {heads.Last.Number} were not there");
        if (last.Number < heads.Last.Number) return (heads.Last, $"entries {last.Number + 1} to {heads.Last.Number} were not there");
        var at = open.Backwards().Select(l => AuditChain.Read(l.Text)).OfType<AuditEntry>().FirstOrDefault(e => e.Number == heads.Last.Number);
        return at?.Hash == heads.Last.Hash ? (new(last.Number, last.Hash), null) : (heads.Last, $"entry {heads.Last.Number} was not the one that was written");
    }

    OpenAudit Open()
    {
        // Files are moved and deleted under it; those that are open stay readable.
        lock (_gate) return _files.Trail.Open();
    }

    void Flush(bool all)
    {
        foreach (var (caller, count, since, action, words) in _refusals.Due(all))
            TryAppend(Named(caller.Proven, caller.Says), action, Nothing, new($"refused {count} times more since {since.UtcDateTime:HH:mm:ss}Z, the last: {words}", null));
    }

    static Caller Named(string proven, string? says = null) => new(proven, Scope.Read, true, null, default) { Says = says };

    /// <summary>The caller learns of the first fault; a full disk must not hide it.</summary>
    void TryAppend(Caller? caller, string action, string parameters, Outcome outcome)
    {
        try
        {
            Append(caller, action, parameters, outcome);
        }
        catch (Exception unwritten) when (unwritten is IOException or UnauthorizedAccessException)
        {
            // The next entry follows the one before this.
        }
    }

    void Append(Caller? caller, string action, string parameters, Outcome outcome)
    {
        (parameters, outcome) = (_mask(parameters), outcome with { Words = _mask(outcome.Words) });
        if (parameters.Length > MaxParameters)
            parameters = $"{parameters[..MaxParameters]}… ({parameters.Length} characters, sha256 {Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(parameters)))})";
        lock (_gate)
        {
            if (_found is { } found) Add(Caller.Itself, About, Nothing, new(found, null));
            _found = null;
            Add(caller ?? Named(Unknown), action, parameters, outcome);
        }
    }

    void Add(Caller caller, string action, string parameters, Outcome outcome)
    {
        var entry = new AuditEntry(_head.Number + 1, _time.GetUtcNow(), _node, caller.Proven, action, parameters, outcome.Words, outcome.Generation, _head.Hash, "", caller.Tool, outcome.Digest, caller.Says);
        entry = entry with { Hash = AuditChain.HashOf(entry) };
        _files.Append(entry, _head);
        _head = new(entry.Number, entry.Hash);
    }
}
