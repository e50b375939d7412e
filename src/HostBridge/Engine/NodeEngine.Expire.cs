using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Access;
using MeshMcp.HostBridge.Host;
using MeshMcp.HostBridge.Store;

namespace MeshMcp.HostBridge.Engine;

/// <summary>Edits that were made for a while: taken back when that is over, as a change of the node's own, in turn with all other changes.</summary>
public sealed partial class NodeEngine
{
    readonly Backoff _expiring = new(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1));

    (int Head, IReadOnlyList<EditEntry> Edits) _passing = (0, []);
    int _isExpiring;
    (MeshError Why, long Since, TimeSpan Pause)? _notExpired;

    /// <summary>Seconds that are left of what is there for a while, by its item; 0 where that is over and it could not be taken back yet.</summary>
    public IReadOnlyDictionary<string, double> SecondsLeftByItem => Passing(Current?.Head ?? 0).GroupBy(e => e.Edit!.Item).ToDictionary(g => g.Key, g => Math.Max(0, SecondsLeft(g.Last()) ?? 0));

    /// <summary>What should be over and is not.</summary>
    public IEnumerable<Finding> NotExpired =>
        from entry in Passing(Current?.Head ?? 0)
        where SecondsLeft(entry) <= 0
        let why = Desired.ModeOf(entry.Edit!.Section) == DriftMode.Unmanaged ? $"the document leaves section {entry.Edit.Section} out, so it stays until a document has the section again or an edit is made of it"
            : _notExpired is { Why: var error } ? $"it cannot be taken back: {error.Message} {error.Hint}".TrimEnd() : null
        where why is not null
        select new Finding("blocked", entry.Edit!.Item, $"The time of edit {entry.Number} by {entry.By} ({entry.Describe()}) is over; {why}{(why.EndsWith('.') ? "" : ".")}");

    /// <summary>
    /// Takes back the edits whose time is over. Called again and again; does nothing when there are none, or while a change waits or is undone.
    /// What a step of it touches it was made with, so nobody is asked; what would certainly cut a way to the node is left, told, and tried again.
    /// </summary>
    /// <returns>What was made of it; null for nothing.</returns>
    public async Task<Generation?> ExpireAsync()
    {
        if (Unfinished is not null || !Passing(Base().Head).Any(IsOver) || (_notExpired is { } failed && time.GetElapsedTime(failed.Since) < failed.Pause)) return null;
        if (Interlocked.Exchange(ref _isExpiring, 1) == 1) return null;
        try
        {
            ApplyEvent.Finished? end = null;
            await foreach (var what in Run(async report =>
            {
                if (Unfinished is null && ProposeExpired() is { } proposal) await ChangeAsync(() => proposal, null, Caller.Itself, report);
            }).ReadAllAsync())
                end = what as ApplyEvent.Finished ?? end;
            Note(end?.Error);
            if (end?.Generation is not { } generation) return null;
            audit.Did("expire", string.Join("; ", generation.Edits), new(generation.Status.ToString(), generation.Number));
            if (end.Error is null) events.Publish("expired", string.Join("; ", generation.Edits), generation.Number);
            return generation;
        }
        catch (Exception e)
        {
            Note(Patience.ErrorOf(log, e));
            return null;
        }
        finally
        {
            Volatile.Write(ref _isExpiring, 0);
        }
    }

    /// <summary>Null: never.</summary>
    public double? SecondsLeft(EditEntry entry) => entry.Expires is { } end ? store.Clock.Left(end, time.GetUtcNow()) : null;

    void Note(MeshError? trouble)
    {
        if (trouble is null) _expiring.Reset();
        _notExpired = trouble is null ? null : (trouble, time.GetTimestamp(), _expiring.Next());
    }

    /// <summary>A section that nobody looks after is left as it is, its edits with it.</summary>
    bool IsOver(EditEntry entry) => SecondsLeft(entry) <= 0 && Desired.ModeOf(entry.Edit!.Section) != DriftMode.Unmanaged;

    /// <summary>Asked for four times a second; what is up to a head is always the same.</summary>
    IReadOnlyList<EditEntry> Passing(int head)
    {
        var known = _passing;
        if (known.Head != head) _passing = known = (head, store.Edits.Up(head).Passing);
        return known.Edits;
    }

    Proposal? ProposeExpired()
    {
        var (document, head) = Base();
        var chain = store.Edits.Up(head);
        if (chain.Expire(IsOver) is not { } settled) return null;
        EditEntry[] over = [.. chain.Passing.Where(IsOver)];
        var why = $"the time was over that it was made for: {string.Join(", ", over.Select(e => $"edit {e.Number} by {e.By}, until {e.Expires!.At:u}"))}";
        return ProposeSettled(settled, chain, document, head, [.. over.Select(e => $"end of \"{e.Edit!.Describe()}\"")], why) with { Promised = true };
    }

    /// <exception cref="MeshException">InvalidArgument: it is no span, or what is asked for cannot be made for a while.</exception>
    static TimeSpan? WhileOf(ChangeRequest request)
    {
        if (request.For is not { } text) return null;
        var span = Expiry.While(text, "for");
        if (request.Declared is not null) throw new MeshException(ErrorKind.InvalidArgument, "A document is for good.", "for", "Leave it out, or make edits for that time.");
        return request.Edits.FirstOrDefault(e => !e.CanExpire) is not { } lasting ? span
            : throw new MeshException(ErrorKind.InvalidArgument, $"Only added flows and published ports can be for a while, not: {lasting.Describe()}.", "for", "Leave it out, or make that change in a request of its own.");
    }

    /// <summary>Whether it is so already without anything that ends by itself.</summary>
    static bool LastsAnyhow(Edit edit, NodeState state, EditChain chain) =>
        ReferenceEquals(edit.Apply(state), state) && !chain.Passing.Any(p => StateItems.Covers(edit.Item, p.Edit!.Item));

    Finding Until(Edit edit, TimeSpan span) =>
        new("until", edit.Item, $"It ends by itself in {Expiry.Words(span)}, at {time.GetUtcNow() + span:u}: then it is as it would be without it. Made again it has that time anew, made again without a time it stays; deleted it ends at once.");
}
