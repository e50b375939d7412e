using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Store;

namespace MeshMcp.HostBridge.Engine;

/// <summary>
/// What becomes of the edits under a declared document. One that changes nothing any more is absorbed: what the document says counts from then on.
/// So is one whose item the document names, where somebody wrote it after the edit was made.
/// One that has nothing to act on, or makes a fault of the state, is suspended until it fits again. All others stay on top. Pure.
/// </summary>
/// <param name="State">The document with what it leaves out and the edits that stay.</param>
/// <param name="Absorbed">With those that later ones had superseded.</param>
public sealed record Settling(NodeState State, IReadOnlyList<EditEntry> Absorbed, IReadOnlyList<SuspendedEdit> Suspended, IReadOnlyList<Finding> Findings)
{
    const int Named = 10;

    /// <summary>What the document leaves out, and stays.</summary>
    public LeftOut LeftOut { get; init; } = LeftOut.None;

    /// <summary>Those of <see cref="Absorbed"/> that the document says otherwise.</summary>
    public IReadOnlyList<EditEntry> Overruled { get; init; } = [];

    /// <summary>How many edits that had an effect, or waited for one, count no more.</summary>
    public int Settled { get; init; }

    /// <param name="problems">Every fault of a state.</param>
    /// <param name="said">Paths of what the document names; null where nobody meant it as an answer to edits.</param>
    /// <param name="leftOut">What of the document before stays.</param>
    /// <param name="current">What is desired now: a section of it that only settled edits made stays too.</param>
    public static Settling Of(NodeState declared, EditChain chain, Func<NodeState, IReadOnlyList<Problem>> problems, IReadOnlySet<string>? said = null, LeftOut? leftOut = null, NodeState? current = null)
    {
        leftOut ??= LeftOut.None;
        var state = leftOut.Under(declared);
        EditEntry[] candidates = [.. chain.Counting];
        var pass = Settle(state, candidates, problems);
        EditEntry[] overruled = [.. pass.Kept.Concat(pass.Suspended.Select(s => s.Entry)).Where(e => said?.Contains(e.Edit!.Item) == true).OrderBy(e => e.Number)];
        EditEntry[] absorbed = [.. pass.Absorbed];
        if (overruled.Length > 0)
        {
            pass = Settle(state, [.. candidates.Except(absorbed).Except(overruled)], problems);
            absorbed = [.. absorbed, .. pass.Absorbed];
        }
        EditEntry[] kept = [.. pass.Kept];
        SuspendedEdit[] suspended = [.. pass.Suspended.Select(s => new SuspendedEdit(s.Entry.Number, s.Reason))];
        EditEntry[] resumed = [.. kept.Where(e => chain.SuspensionOf(e.Number) is not null)];
        var folded = DesiredStates.Fold(state, kept.Select(e => e.Edit!));
        string[] gone = [.. StateSections.Of(current ?? new()).Except(StateSections.Of(folded))];
        if (gone.Length > 0)
        {
            leftOut = leftOut.And(gone, current!, declared);
            folded = DesiredStates.Fold(leftOut.Under(declared), kept.Select(e => e.Edit!));
        }
        return new(
            folded,
            // A superseded edit would come back to life when the one after it is absorbed.
            [.. absorbed, .. overruled, .. chain.Folded.Where(e => chain.SupersededBy.ContainsKey(e.Number))],
            suspended,
            [.. Suspending(suspended, chain), .. resumed.Select(Resuming), .. Absorbing(absorbed), .. Overruling(overruled), .. Keeping(declared, kept, said is not null)])
        {
            LeftOut = leftOut,
            Overruled = overruled,
            Settled = absorbed.Length + overruled.Length,
        };
    }

    static Pass Settle(NodeState state, EditEntry[] candidates, Func<NodeState, IReadOnlyList<Problem>> problems)
    {
        var pass = Pass.Over(state, candidates, null);
        // Most documents leave all edits in peace, and to look at the state once costs least.
        if (candidates.Length > 0 && problems(pass.State).Count > 0) pass = Pass.Over(state, candidates, problems);
        EditEntry[] kept = [.. pass.Kept.OrderBy(e => e.Number)];
        var moot = Moot(state, kept, pass.State);
        return pass with { Kept = [.. kept.Except(moot)], Absorbed = [.. pass.Absorbed, .. moot] };
    }

    /// <summary>With new edits, those that were suspended may fit again.</summary>
    public static Settling Resume(NodeState declared, EditChain chain, IReadOnlyList<Edit> edits, Func<NodeState, IReadOnlyList<Problem>> problems)
    {
        declared = chain.LeftOut.Under(declared);
        var now = DesiredStates.Fold(DesiredStates.Fold(declared, chain.Folded.Select(e => e.Edit!)), edits);
        EditEntry[] candidates = [.. chain.Counting.Where(e => chain.SuspensionOf(e.Number) is not null && !edits.Any(n => StateItems.Covers(n.Item, e.Edit!.Item)))];
        var pass = Pass.Over(now, candidates, problems);
        EditEntry[] back = [.. pass.Kept, .. pass.Absorbed];
        var folded = chain.Folded.Concat(back).OrderBy(e => e.Number).Select(e => e.Edit!);
        return new(DesiredStates.Fold(DesiredStates.Fold(declared, folded), edits).Managing([.. edits.Select(e => e.Section)]), [], [.. pass.Suspended.Select(s => new SuspendedEdit(s.Entry.Number, s.Reason))], [.. back.Select(Resuming)])
        {
            // The edits come after it, and take up again what they are about.
            LeftOut = chain.LeftOut,
        };
    }

    /// <summary>Null when all stays as it was.</summary>
    public Settlement? ToSettlement(EditChain chain) =>
        Absorbed.Count == 0 && Suspended.Select(s => s.Edit).Order().SequenceEqual(chain.Suspended.Select(s => s.Edit).Order()) && LeftOut.SameAs(chain.LeftOut)
            ? null
            : new([.. Absorbed.Select(a => a.Number)], Suspended, LeftOut.SameAs(LeftOut.None) ? null : LeftOut, Overruled.Count == 0 ? null : [.. Overruled.Select(o => o.Number)]);

    /// <summary>One finding each for the first of them; <c>GET /v1/edits</c> tells all.</summary>
    public static IEnumerable<Finding> Suspending(IReadOnlyList<SuspendedEdit> suspended, EditChain chain) =>
    [
        .. from s in suspended.Take(Named)
           from entry in chain.Edits
           where entry.Number == s.Edit
           select new Finding("suspended", entry.Edit!.Item, $"Edit {entry.Number} by {entry.By} ({entry.Edit.Describe()}) does not fit the declared document: {s.Reason}. It comes back when it fits."),
        .. suspended.Count > Named ? [new Finding("suspended", "edits", $"{suspended.Count - Named} more edits do not fit the declared document: meshctl edits")] : Array.Empty<Finding>(),
    ];

    /// <summary>What a rollback takes back.</summary>
    public static IEnumerable<Finding> Reverting(EditChain now, EditChain then)
    {
        var stays = then.Edits.Select(e => e.Number).ToHashSet();
        EditEntry[] gone = [.. now.Edits.Where(e => !stays.Contains(e.Number))];
        return gone.Length == 0 ? [] : [new("reverted", "edits", $"{gone.Length} edit{(gone.Length == 1 ? "" : "s")} made since will not count: {Names(gone)}.")];
    }

    /// <summary>Of edits of one item (a container, whether it runs), those that change something one after the other and nothing together.</summary>
    static List<EditEntry> Moot(NodeState declared, EditEntry[] kept, NodeState state)
    {
        var moot = new List<EditEntry>();
        bool Related(string one, string other) => one != other && (StateItems.Covers(one, other) || StateItems.Covers(other, one));
        // Most items have one edit, and no edit of anything beneath them.
        if (kept.All(e => e.Edit!.Item.EndsWith(']'))) return moot;
        foreach (var entry in kept.Where(e => kept.Any(o => Related(e.Edit!.Item, o.Edit!.Item))))
            if (StateItems.Differences(DesiredStates.Fold(declared, kept.Except([.. moot, entry]).Select(e => e.Edit!)), state).Count == 0) moot.Add(entry);
        return moot;
    }

    static Finding Resuming(EditEntry entry) => new("resumed", entry.Edit!.Item, $"Edit {entry.Number} by {entry.By} ({entry.Edit.Describe()}) fits again.");

    static IEnumerable<Finding> Absorbing(EditEntry[] absorbed)
    {
        if (absorbed.Length > 0)
            yield return new("absorbed", "edits", $"The document says what {absorbed.Length} edit{(absorbed.Length == 1 ? "" : "s")} said, and counts from now on: {Names(absorbed)}.{(absorbed.Any(e => e.Expires is not null) ? " What was for a while is for good now." : "")}");
    }

    static string Names(EditEntry[] edits) =>
        string.Join(", ", edits.Take(Named).Select(e => $"{e.Number} ({e.Describe()})")) + (edits.Length > Named ? $" and {edits.Length - Named} more" : "");

    /// <summary>What the document says otherwise, and counts.</summary>
    static IEnumerable<Finding> Overruling(EditEntry[] overruled) =>
    [
        .. overruled.Take(Named).Select(e => new Finding("overruled", e.Edit!.Item, $"The document says otherwise than {Made(e)}, and counts from now on.")),
        .. overruled.Length > Named ? [new Finding("overruled", "edits", $"The document says otherwise than {overruled.Length - Named} more edits, and counts from now on.")] : Array.Empty<Finding>(),
    ];

    static string Capital(string words) => char.ToUpperInvariant(words[0]) + words[1..];

    static string Made(EditEntry entry) => $"edit {entry.Number} by {entry.By} of {entry.At:u} ({entry.Describe()})";

    /// <summary>What the document says and an edit takes away or says otherwise.</summary>
    /// <param name="answers">Somebody means the document as an answer to edits.</param>
    static IEnumerable<Finding> Keeping(NodeState declared, EditEntry[] kept, bool answers)
    {
        if (kept.Length == 0) return [];
        var items = StateItems.Of(declared).Keys.ToHashSet();
        var above = items.SelectMany(StateItems.AndAbove).ToHashSet();
        EditEntry[] against = [.. kept.Where(e => above.Contains(e.Edit!.Item) || StateItems.AndAbove(e.Edit.Item).Any(items.Contains))];
        return
        [
            .. against.Take(Named).Select(e => new Finding("kept", e.Edit!.Item, $"{Capital(Made(e))} stays on top of what the document says{(answers ? "" : " (the declared file is no answer to it; another edit of that item is)")}.")),
            .. against.Length > Named ? [new Finding("kept", "edits", $"{against.Length - Named} more edits stay on top of what the document says.")] : Array.Empty<Finding>(),
        ];
    }

    /// <summary>Edits laid on a state one after the other.</summary>
    sealed record Pass(NodeState State, IReadOnlyList<EditEntry> Kept, IReadOnlyList<EditEntry> Absorbed, IReadOnlyList<(EditEntry Entry, string Reason)> Suspended)
    {
        /// <param name="problems">Null: only whether an edit has something to act on is asked.</param>
        public static Pass Over(NodeState state, EditEntry[] candidates, Func<NodeState, IReadOnlyList<Problem>>? problems)
        {
            var (kept, absorbed) = (new List<EditEntry>(), new List<EditEntry>());
            var faults = problems?.Invoke(state).Select(p => p.Message).ToList() ?? [];
            // What one lacks a later one may bring, so those that do not fit are tried again.
            for (; ; )
            {
                var postponed = new List<(EditEntry Entry, string Reason)>();
                foreach (var entry in candidates)
                {
                    var next = entry.Edit!.Apply(state);
                    var after = problems is null || ReferenceEquals(next, state) ? faults : [.. problems(next).Select(p => p.Message)];
                    if (entry.Edit.Misfit(state) is { } misfit) postponed.Add((entry, misfit));
                    else if (after.Count > faults.Count) postponed.Add((entry, after.Except(faults).FirstOrDefault() ?? after[^1]));
                    else
                    {
                        (ReferenceEquals(next, state) ? absorbed : kept).Add(entry);
                        (state, faults) = (next, after);
                    }
                }
                if (postponed.Count == 0 || postponed.Count == candidates.Length) return new(state, kept, absorbed, postponed);
                candidates = [.. postponed.Select(p => p.Entry)];
            }
        }
    }
}
