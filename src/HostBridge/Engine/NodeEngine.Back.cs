using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Store;

namespace MeshMcp.HostBridge.Engine;

/// <summary>Changes that take earlier ones back: all since a generation, or one of them.</summary>
public sealed partial class NodeEngine
{
    /// <summary>Null: what waits is to be undone.</summary>
    /// <exception cref="MeshException">It cannot be gone back to, or taken back alone.</exception>
    Proposal? ProposeBack(RollbackRequest request) => request switch
    {
        { To: not null, Undo: not null } => throw new MeshException(ErrorKind.InvalidArgument, "Going back to a generation and taking one back are two changes.", "undo", "Give one of them."),
        { To: { } number } => ProposeEarlier(number, request),
        { Undo: { } number } => ProposeUndo(number, request),
        _ => null,
    };

    /// <summary>Takes the edits of one generation back and leaves all others.</summary>
    Proposal ProposeUndo(int number, RollbackRequest request)
    {
        CheckConfirmWithin(request.ConfirmWithin);
        var undone = Kept(number);
        var (document, head) = Base();
        var chain = store.Edits.Up(head);
        EditEntry[] own = [.. chain.Edits.Where(e => e.Generation == number && !chain.IsUndone(e.Number) && !chain.IsExpired(e.Number))];
        if (undone.Status != GenerationStatus.Confirmed || own.Length == 0)
            throw new MeshException(ErrorKind.Conflict, undone.Status != GenerationStatus.Confirmed ? $"Generation {number} does not hold (it is {undone.Status}), so there is nothing to take back." : $"Generation {number} made no edits that are there still, so it cannot be taken back alone.", "generation",
                "To go back to all that was before it: rollback_change with the number of the confirmed generation before.");
        var gone = own.ToHashSet();
        if (Resting(chain, gone) is { Count: > 0 } resting)
            throw new MeshException(ErrorKind.Conflict, $"Later changes rest on generation {number}: {string.Join("; ", resting)}.", "generation", "Take those back first, the newest first; or go back to a generation with rollback_change.");
        var settled = chain.Undo(own);
        var (state, current) = (DesiredStates.Fold(store.Declared.Read(document), chain.With(settled)), store.Desired.At(document, head));
        planner.Validate(state);
        planner.ValidateNew(current, state);
        return new(state, null, [], false, planner.Left(state, current), [$"undo of generation {number}: {string.Join("; ", own.Select(e => e.Edit!.Describe()))}"],
            [new("reverted", "edits", $"{own.Length} edit{(own.Length == 1 ? "" : "s")} will not count: {string.Join(", ", own.Select(e => $"{e.Number} ({e.Describe()})"))}.")], request.ConfirmWithin, request.Why, (at, by, generation) =>
                (document, store.Edits.Append(head, [], at, by, request.Why, generation, settled))) { Force = request.Force };
    }

    /// <summary>What came later and would be without sense, or without effect, with some edits gone: each with its generation.</summary>
    List<string> Resting(EditChain chain, HashSet<EditEntry> gone)
    {
        var resting = new List<string>();
        foreach (var entry in gone)
        {
            if (chain.SupersededBy.TryGetValue(entry.Number, out var by) && chain.Edits.First(e => e.Number == by) is var later && !gone.Contains(later)) resting.Add($"generation {later.Generation} says otherwise since ({later.Describe()})");
            else if (chain.IsAbsorbed(entry.Number)) resting.Add($"a document that was applied since counts for edit {entry.Number} ({entry.Describe()})");
            // What it had replaced counts no more since a document came, so nobody knows what would be there.
            else if (chain.Edits.FirstOrDefault(e => chain.SupersededBy.GetValueOrDefault(e.Number) == entry.Number && chain.IsAbsorbed(e.Number) && !chain.IsUndone(e.Number)) is { } before) resting.Add($"a document that was applied since settled what was before edit {entry.Number} (edit {before.Number}, {before.Describe()})");
        }
        if (resting.Count > 0) return resting;
        var state = Without(gone);
        var problems = planner.Problems(state);
        foreach (var later in chain.InEffect.Where(e => e.Number > gone.Min(g => g.Number) && !gone.Contains(e)))
            if (later.Edit!.Misfit(state) is { } misfit) resting.Add($"generation {later.Generation} ({later.Describe()}): {misfit}");
            else if (problems.Count > 0 && planner.Problems(Without([.. gone, later])) is var fewer && fewer.Count < problems.Count)
                resting.Add($"generation {later.Generation} ({later.Describe()}): {problems.Select(p => p.Message).Except(fewer.Select(p => p.Message)).FirstOrDefault()}");
        return resting;

        NodeState Without(IReadOnlyCollection<EditEntry> edits) => DesiredStates.Fold(store.Declared.Read(Base().Document), chain.With(chain.Undo(edits)));
    }
}
