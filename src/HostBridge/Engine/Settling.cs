using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Store;

namespace MeshMcp.HostBridge.Engine;

/// <summary>
/// What becomes of the edits under a declared document. One that changes nothing any more is absorbed: what the document says counts from then on.
/// One that has nothing to act on, or makes a fault of the state, is suspended until it fits again. All others stay on top. Pure.
/// </summary>
/// <param name="State">The document with the edits that stay.</param>
/// <param name="Absorbed">With those that later ones had superseded.</param>
public sealed record Settling(NodeState State, IReadOnlyList<EditEntry> Absorbed, IReadOnlyList<SuspendedEdit> Suspended, IReadOnlyList<Finding> Findings)
{
    const int Named = 10;

    /// <param name="problems">Every fault of a state.</param>
    public static Settling Of(NodeState declared, EditChain chain, Func<NodeState, IReadOnlyList<Problem>> problems)
    {
        EditEntry[] candidates = [.. chain.Counting];
        var pass = Pass.Over(declared, candidates, null);
        // Most documents leave all edits in peace, and to look at the state once costs least.
        if (candidates.Length > 0 && problems(pass.State).Count > 0) pass = Pass.Over(declared, candidates, problems);
        EditEntry[] kept = [.. pass.Kept.OrderBy(e => e.Number)];
        var moot = Moot(declared, kept, pass.State);
        kept = [.. kept.Except(moot)];
        EditEntry[] absorbed = [.. pass.Absorbed, .. moot];
        SuspendedEdit[] suspended = [.. pass.Suspended.Select(s => new SuspendedEdit(s.Entry.Number, s.Reason))];
        EditEntry[] resumed = [.. kept.Where(e => chain.SuspensionOf(e.Number) is not null)];
        return new(
            DesiredStates.Fold(declared, kept.Select(e => e.Edit!)),
            // A superseded edit would come back to life when the one after it is absorbed.
            [.. absorbed, .. chain.Folded.Where(e => chain.SupersededBy.ContainsKey(e.Number))],
            suspended,
            [.. Suspending(suspended, chain), .. resumed.Select(Resuming), .. Absorbing(absorbed), .. Overruling(declared, kept)]);
    }

    /// <summary>With new edits, those that were suspended may fit again.</summary>
    public static Settling Resume(NodeState declared, EditChain chain, IReadOnlyList<Edit> edits, Func<NodeState, IReadOnlyList<Problem>> problems)
    {
        var now = DesiredStates.Fold(DesiredStates.Fold(declared, chain.Folded.Select(e => e.Edit!)), edits);
        EditEntry[] candidates = [.. chain.Counting.Where(e => chain.SuspensionOf(e.Number) is not null && !edits.Any(n => StateItems.Covers(n.Item, e.Edit!.Item)))];
        var pass = Pass.Over(now, candidates, problems);
        EditEntry[] back = [.. pass.Kept, .. pass.Absorbed];
        var folded = chain.Folded.Concat(back).OrderBy(e => e.Number).Select(e => e.Edit!);
        return new(DesiredStates.Fold(DesiredStates.Fold(declared, folded), edits), [], [.. pass.Suspended.Select(s => new SuspendedEdit(s.Entry.Number, s.Reason))], [.. back.Select(Resuming)]);
    }

    /// <summary>Null when all stays as it was.</summary>
    public Settlement? ToSettlement(EditChain chain) =>
        Absorbed.Count == 0 && Suspended.Select(s => s.Edit).Order().SequenceEqual(chain.Suspended.Select(s => s.Edit).Order())
            ? null
            : new([.. Absorbed.Select(a => a.Number)], Suspended);

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
            yield return new("absorbed", "edits", $"The document says what {absorbed.Length} edit{(absorbed.Length == 1 ? "" : "s")} said, and counts from now on: {Names(absorbed)}.");
    }

    static string Names(EditEntry[] edits) =>
        string.Join(", ", edits.Take(Named).Select(e => $"{e.Number} ({e.Edit!.Describe()})")) + (edits.Length > Named ? $" and {edits.Length - Named} more" : "");

    /// <summary>What the document says and an edit takes away or says otherwise.</summary>
    static IEnumerable<Finding> Overruling(NodeState declared, EditEntry[] kept)
    {
        if (kept.Length == 0) return [];
        var items = StateItems.Of(declared).Keys.ToHashSet();
        EditEntry[] against = [.. kept.Where(e => items.Any(i => StateItems.Covers(i, e.Edit!.Item)))];
        return
        [
            .. against.Take(Named).Select(e => new Finding("kept", e.Edit!.Item, $"Edit {e.Number} by {e.By} ({e.Edit.Describe()}) stays on top of what the document says.")),
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
