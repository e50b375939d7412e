using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Store;

namespace MeshMcp.HostBridge.Engine;

/// <summary>What the edits of a node are and what they made of its state; nothing here changes them.</summary>
public sealed class EditViews(NodeEngine engine, NodeStore store)
{
    /// <param name="before">Only those with a lower number.</param>
    public EditList List(int limit, int? before = null)
    {
        var (chain, all) = (Chain, store.Edits.Newest.Where(e => e.Edit is not null).ToList());
        var here = chain.Edits.Select(e => e.Number).ToHashSet();
        return new(all.Count, [.. all.Where(e => before is null || e.Number < before).Take(limit).Select(e => Listed(e, chain, here.Contains(e.Number)))]);
    }

    public IReadOnlyList<Finding> Suspended()
    {
        var chain = Chain;
        return [.. Settling.Suspending([.. chain.Suspended.Where(s => !chain.SupersededBy.ContainsKey(s.Edit))], chain)];
    }

    /// <summary>Of every item of the desired state, and of what edits took away from the declared document, in the order of paths.</summary>
    public IReadOnlyList<ItemOrigin> Origins()
    {
        var chain = Chain;
        var edits = chain.InEffect.ToList();
        var exact = edits.GroupBy(e => e.Edit!.Item).ToDictionary(g => g.Key, g => g.Last());
        var (items, declared) = (StateItems.Of(engine.Desired), StateItems.Of(chain.LeftOut.Under(store.Declared.Read(Declared))));
        var there = items.Keys.SelectMany(StateItems.AndAbove).ToHashSet();
        var taken = declared.Keys.SelectMany(StateItems.AndAbove).Where(p => !there.Contains(p)).ToHashSet();
        var origins = items.Keys.Select(path => Origin(path, EditOf(path))).ToList();
        origins.AddRange(edits.Where(e => taken.Contains(e.Edit!.Item)).Select(e => Origin(e.Edit!.Item, e) with { Removed = true }));
        // An edit beneath an item, such as whether a container runs, has no item of its own.
        origins.AddRange(edits.Where(e => !items.ContainsKey(e.Edit!.Item) && StateItems.AndAbove(e.Edit.Item).Any(items.ContainsKey)).Select(e => Origin(e.Edit!.Item, e)));
        return [.. origins.OrderBy(o => o.Path, StringComparer.Ordinal)];

        EditEntry? EditOf(string path) => StateItems.AndAbove(path).Select(exact.GetValueOrDefault).OfType<EditEntry>().MaxBy(e => e.Edit!.Item.Length);
    }

    /// <param name="to">Null: what the node aims at now.</param>
    public StateDiff Diff(int from, int? to)
    {
        var until = to ?? engine.Current?.Number ?? throw new MeshException(ErrorKind.NotFound, "This node has no generation yet.", "to", "Apply a state first.");
        return new(from, until, StateItems.Differences(StateAt(from), StateAt(until)));
    }

    EditChain Chain => store.Edits.Up(engine.Current?.Head ?? 0);

    string Declared => engine.Current?.Declared ?? DeclaredDocuments.Empty;

    NodeState StateAt(int number) => store.DesiredAt(engine.Read(number));

    ListedEdit Listed(EditEntry entry, EditChain chain, bool here)
    {
        var (status, reason) = here ? StatusOf(entry, chain) : Reverted(entry);
        return new(entry.Number, status, entry.At, entry.By, entry.Why, entry.Edit!.Item, entry.Edit.Describe(), reason, entry.Generation == 0 ? null : entry.Generation)
        {
            Until = entry.Expires?.At,
            SecondsLeft = here && status is EditStatus.InEffect or EditStatus.Suspended && engine.SecondsLeft(entry) is { } left ? Math.Max(0, left) : null,
        };
    }

    static (EditStatus, string?) StatusOf(EditEntry entry, EditChain chain) => entry.Number is var number && chain.IsExpired(number) ? (EditStatus.Expired, "its time was over")
        : chain.IsUndone(number) ? (EditStatus.Reverted, "it was taken back")
        : chain.SupersededBy.TryGetValue(number, out var by) ? (EditStatus.Superseded, $"edit {by} counts instead")
        : chain.IsAbsorbed(number) ? (EditStatus.Absorbed, chain.IsOverruled(number) ? "a document that was applied later says otherwise" : "the declared document says it")
        : chain.SuspensionOf(number) is { } suspended ? (EditStatus.Suspended, suspended.Reason)
        : chain.Over(entry) is { } over ? (EditStatus.Superseded, $"edit {over.Number} counts instead until {over.Expires!.At:u}")
        : (EditStatus.InEffect, null);

    (EditStatus, string?) Reverted(EditEntry entry) => (EditStatus.Reverted, store.Generations.Find(entry.Generation)?.Generation switch
    {
        { Status: GenerationStatus.Applying or GenerationStatus.AwaitingConfirmation } => "its change has not ended",
        { Status: not GenerationStatus.Confirmed, Error: { } error } generation => $"generation {generation.Number} did not hold: {error.Message}",
        { } generation => $"generation {generation.Number} was rolled back",
        null => "its change is no longer kept",
    });

    static ItemOrigin Origin(string path, EditEntry? edit) => edit is null ? new(path) : new(path, edit.Number, edit.By, edit.At, edit.Why) { Until = edit.Expires?.At };
}
