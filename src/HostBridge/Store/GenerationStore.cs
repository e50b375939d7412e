using MeshMcp.Contracts.Changes;
using MeshMcp.HostBridge.Access;
using MeshMcp.HostBridge.Host;

namespace MeshMcp.HostBridge.Store;

/// <summary>A generation as stored.</summary>
/// <param name="Applied">When the change was in place, on the clock that no one sets; absent while it is being applied.</param>
public sealed record StoredGeneration(Generation Generation, BootInstant? Applied = null);

/// <summary>Generations as the journal tells them; a snapshot lives until its generation has ended.</summary>
public sealed class GenerationStore(History kept, Action<JournalRecord> write)
{
    /// <summary>However young they are.</summary>
    public const int Most = 2000;

    /// <summary>By number. Never changed, only replaced: it is read while a change is written.</summary>
    StoredGeneration[] _all = [];
    StoredSnapshot? _snapshot;
    int _given;

    /// <summary>Numbers of what was set aside are not given again.</summary>
    public int Next => Math.Max(Newest?.Generation.Number ?? 0, _given) + 1;

    public StoredGeneration? Newest => _all is [.., var newest] ? newest : null;

    /// <summary>The newest one that holds: what the node goes back to.</summary>
    public Generation? Confirmed => ConfirmedOf(_all)?.Generation;

    /// <summary>The newest one that is in place on the host, confirmed or not yet.</summary>
    public Generation? Standing => Newest is { Generation.Status: GenerationStatus.AwaitingConfirmation } waiting ? waiting.Generation : Confirmed;

    public StoredGeneration? Find(int number) => Array.Find(_all, s => s.Generation.Number == number);

    /// <summary>Newest first.</summary>
    /// <param name="before">Only those with a lower number.</param>
    public IReadOnlyList<StoredGeneration> List(int limit, int? before = null) => [.. _all.Reverse().SkipWhile(s => s.Generation.Number >= before).Take(limit)];

    public IReadOnlyList<StoredGeneration> All => _all;

    /// <summary>Writes one down, and with its end that the oldest ones are forgotten.</summary>
    public void Write(StoredGeneration stored)
    {
        var old = IsOpen(stored) ? [] : Old(With(stored), stored.Generation.At);
        write(new(Generation: stored, Forgotten: old.Length == 0 ? null : old));
    }

    public void WriteSnapshot(int number, Snapshot snapshot) => write(new(Snapshot: new(number, snapshot)));

    /// <summary>Null when it is missing or could not be read.</summary>
    public Snapshot? ReadSnapshot(int number) => _snapshot is { } stored && stored.Generation == number ? stored.Snapshot : null;

    /// <summary>What is needed to have all of them again.</summary>
    internal IEnumerable<JournalRecord> Records => _all.Select(s => new JournalRecord(Generation: s, Snapshot: _snapshot is { } stored && stored.Generation == s.Generation.Number ? stored : null));

    /// <summary>Counts what is in the journal.</summary>
    internal void Take(JournalRecord record)
    {
        if (record.Given is { } given) _given = Math.Max(_given, given);
        if (record.Snapshot is { } snapshot) _snapshot = snapshot;
        if (record.Generation is not { } stored) return;
        var all = With(stored);
        _all = record.Forgotten is { } old ? [.. all.Where(s => !old.Contains(s.Generation.Number))] : all;
        if (!IsOpen(stored) && _snapshot?.Generation == stored.Generation.Number) _snapshot = null;
    }

    /// <summary>Takes out one that cannot be gone back to.</summary>
    internal StoredGeneration SetAside(int number)
    {
        var taken = Find(number)!;
        _given = Math.Max(_given, number);
        _all = [.. _all.Where(s => s != taken)];
        return taken;
    }

    internal void Skip(int numbers) => _given = numbers > 0 ? Next - 1 + numbers : _given;

    static bool IsOpen(StoredGeneration stored) => stored.Generation.Status is GenerationStatus.Applying or GenerationStatus.AwaitingConfirmation;

    static StoredGeneration? ConfirmedOf(StoredGeneration[] all) => Array.FindLast(all, g => g.Generation.Status == GenerationStatus.Confirmed);

    StoredGeneration[] With(StoredGeneration stored) => [.. _all.Where(s => s.Generation.Number != stored.Generation.Number), stored];

    int[] Old(StoredGeneration[] all, DateTimeOffset now)
    {
        var (young, confirmed) = (TimeSpan.FromDays(kept.Days), ConfirmedOf(all));
        return [.. all.SkipLast(kept.Generations).Where((s, i) => (i < all.Length - Most || now - s.Generation.At >= young) && s != confirmed).Select(s => s.Generation.Number)];
    }
}
