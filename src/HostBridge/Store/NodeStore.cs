using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Access;
using MeshMcp.HostBridge.Host;

namespace MeshMcp.HostBridge.Store;

/// <summary>All that the host bridge remembers, in one folder. Who writes waits for whoever writes; everybody reads.</summary>
public sealed class NodeStore
{
    const long LeastFree = 1 << 20;
    /// <summary>Of records in the folder: <c>wireguard/devices/wg0.json</c>.</summary>
    const int Deepest = 2;
    /// <summary>Root file systems, whose files are their own.</summary>
    const string Templates = "templates/";

    readonly string _folder;
    readonly NodeJournal _journal;
    readonly FormerFolder _former;
    readonly Func<string, string> _mask;
    /// <summary>Held by whoever writes, for a whole moment: a confirmation waits for no other lock of the engine's.</summary>
    readonly Lock _writing = new();
    /// <summary>What cannot be read or stands on nothing, until it is kept under another name.</summary>
    readonly List<byte[]> _aside = [];
    /// <summary>What the moment that has begun is to write.</summary>
    JournalRecord? _begun;

    /// <param name="largest">Bytes after which the journal is written anew.</param>
    /// <param name="mask">What words go through before they are written: nothing of a secret may be in them.</param>
    public NodeStore(string folder, BootClock? clock = null, History? kept = null, long largest = NodeJournal.Largest, Func<string, string>? mask = null)
    {
        _mask = mask ?? (text => text);
        Clock = clock ?? new();
        Directory.CreateDirectory(folder);
        _folder = folder;
        _journal = new(Path.Combine(folder, "journal.jsonl"), largest);
        _former = new(folder);
        Generations = new(kept ?? new(), Write);
        Declared = new(Path.Combine(folder, "declared"), _journal, Write);
        Edits = new(Write);
        Desired = new(Declared, Edits);
        Revoked = new(Generations, Write);
        Read();
    }

    public GenerationStore Generations { get; }
    public DeclaredDocuments Declared { get; }
    public EditLog Edits { get; }
    public DesiredStates Desired { get; }
    public RevokedKeys Revoked { get; }
    public BootClock Clock { get; }

    /// <summary>Files of the state that could not be read, until somebody mends or deletes them.</summary>
    public IReadOnlyList<string> Corrupt =>
    [
        .. CorruptFile.In(_folder).Where(IsOfJournal),
        .. new[] { "generations", "declared" }.Select(f => Path.Combine(_folder, f)).Where(Directory.Exists).SelectMany(f => CorruptFile.In(f)),
    ];

    /// <summary>The same of what the node remembers of the host.</summary>
    public IReadOnlyList<string> CorruptRecords => [.. CorruptFile.In(_folder, Deepest).Except(Corrupt).Where(f => !f.StartsWith(Path.Combine(_folder, Templates), StringComparison.Ordinal))];

    /// <summary>Why a change could not be written down; null when there is room for it.</summary>
    public string? LacksRoom => new DriveInfo(_folder).AvailableFreeSpace is < LeastFree and var free ? $"{free >> 10} KiB are free where {_folder} is; a change needs {LeastFree >> 10}." : null;

    /// <exception cref="MeshException">Unavailable: a change could not be written down.</exception>
    public void RequireRoom()
    {
        if (LacksRoom is { } why) throw new MeshException(ErrorKind.Unavailable, $"{why} Nothing was changed.", "state", "Make room on that file system.");
    }

    /// <summary>What is written from here on is on disk, and seen, only at the end: by one line of the journal. It ends on the thread that it began on.</summary>
    public Moment Begin()
    {
        _writing.Enter();
        if (_begun is not null)
        {
            _writing.Exit();
            throw new InvalidOperationException("Another moment has not ended.");
        }
        _begun = new();
        return new(this);
    }

    /// <summary>Writes a generation, and forgets with the oldest ones the documents that only they stood on.</summary>
    public void Write(StoredGeneration stored)
    {
        stored = stored with { Generation = Masked(stored.Generation) };
        lock (_writing) Generations.Write(stored);
    }

    public NodeState DesiredAt(Generation? generation) => generation is null ? new() : Desired.At(generation.Declared, generation.Head);

    internal void End(bool commit)
    {
        var record = _begun;
        _begun = null;
        try
        {
            if (commit && record is { IsEmpty: false }) Commit(record);
        }
        finally
        {
            _writing.Exit();
        }
    }

    /// <summary>All of it that programs may have said.</summary>
    Generation Masked(Generation generation) => generation with
    {
        Why = generation.Why is { } why ? _mask(why) : null,
        Steps = [.. generation.Steps.Select(s => s with { Summary = _mask(s.Summary), Details = s.Details is { } all ? [.. all.Select(_mask)] : null })],
        Error = generation.Error is { } e ? e with
        {
            Message = _mask(e.Message),
            Hint = e.Hint is { } hint ? _mask(hint) : null,
            Problems = e.Problems is { } problems ? [.. problems.Select(p => p with { Message = _mask(p.Message), Nearest = p.Nearest is { } near ? [.. near.Select(_mask)] : null })] : null,
        } : null,
        Lost = [.. generation.Lost.Select(l => l with { What = _mask(l.What) })],
    };

    void Write(JournalRecord record)
    {
        if (record.Edits is { } edits) record = record with { Edits = [.. edits.Select(e => e.Why is { } why ? e with { Why = _mask(why) } : e)] };
        lock (_writing)
            if (_begun is null) Commit(record);
            else _begun = _begun.With(record);
    }

    void Commit(JournalRecord record)
    {
        if (_journal.IsMissing || _aside.Count > 0) Checkpoint();
        Take(record, _journal.Append(record));
        // The record is on disk: what comes now can wait, and must not fail the change.
        if (record.Forgotten is not null) Tidily(() => Declared.Keep(Generations.All.Select(g => g.Generation.Declared).ToHashSet()));
        if (_journal.IsLong) Tidily(Checkpoint);
    }

    void Take(JournalRecord record, Place place)
    {
        if (record.Document is { } document) Declared.Take(document, place);
        if (record.Edits is { } edits) Edits.Take(edits);
        Generations.Take(record);
        Revoked.Take(record);
    }

    void Read()
    {
        var isNew = _journal.IsMissing;
        _aside.AddRange(isNew ? _former.Read(record => Take(record, default)) : _journal.Read(Take));
        // Each may have had the number of a generation.
        Generations.Skip(_aside.Count);
        SetAsideWhatStandsOnNothing();
        if (isNew || _aside.Count > 0 || _journal.IsLong || _former.IsThere) Tidily(Checkpoint);
    }

    /// <summary>A generation stands on its document and its edits. The node goes back to the last one that has both.</summary>
    void SetAsideWhatStandsOnNothing()
    {
        foreach (var stored in Generations.List(int.MaxValue).Where(g => g.Generation.Status is not (GenerationStatus.RolledBack or GenerationStatus.Failed)))
        {
            var generation = stored.Generation;
            if (!Declared.Has(generation.Declared) || !Edits.Reaches(generation.Head)) _aside.Add(new JournalRecord(Generation: Generations.SetAside(generation.Number)).ToLine());
            else if (generation.Status == GenerationStatus.Confirmed) return;
        }
    }

    /// <summary>Documents go to files of their own, what cannot be read aside, and what counts into a short journal.</summary>
    void Checkpoint()
    {
        if (_aside.Count > 0) CorruptFile.Add(_journal.Path, _aside);
        Declared.MoveOut();
        _journal.Rewrite([new(Given: Generations.Next - 1), .. Edits.Records, .. Generations.Records, .. Revoked.Records]);
        _aside.Clear();
        _former.Delete();
    }

    static void Tidily(Action tidy)
    {
        try
        {
            tidy();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // On a disk that is full or cannot be written everything stays as it is, and is done at a later record or start.
        }
    }

    bool IsOfJournal(string file) => file.StartsWith(_journal.Path, StringComparison.Ordinal);
}
