using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.State;

namespace MeshMcp.HostBridge.Store;

/// <summary>The lines of the log up to a head, and what each edit counts for there. Pure.</summary>
public sealed class EditChain
{
    readonly HashSet<int> _absorbed = [], _overruled = [], _expired = [], _undone = [];

    /// <param name="lines">Oldest first.</param>
    public EditChain(IReadOnlyList<EditEntry> lines)
    {
        Lines = lines;
        Edits = [.. lines.Where(l => l.Edit is not null)];
        foreach (var line in lines)
        {
            if (line.Edit is { } edit) LeftOut = LeftOut.Managing(edit.Section);
            if (line.Settled is not { } settled) continue;
            _absorbed.UnionWith(settled.Absorbed);
            _overruled.UnionWith(settled.Overruled ?? []);
            _expired.UnionWith(settled.Expired ?? []);
            _undone.UnionWith(settled.Undone ?? []);
            Suspended = settled.Suspended;
            LeftOut = settled.LeftOut ?? LeftOut.None;
        }
    }

    public IReadOnlyList<EditEntry> Lines { get; }

    public IReadOnlyList<EditEntry> Edits { get; }

    public IReadOnlyList<SuspendedEdit> Suspended { get; } = [];

    /// <summary>What the declared document leaves out, after the edits since.</summary>
    public LeftOut LeftOut { get; } = LeftOut.None;

    /// <summary>By the number of an edit that of the next one of the same item, which counts instead. One that ends by itself takes only the place of its like: the others are there again after it.</summary>
    public IReadOnlyDictionary<int, int> SupersededBy => field ??= Supersede([.. Edits.Where(e => !IsUndone(e.Number))]);

    public bool IsAbsorbed(int number) => _absorbed.Contains(number);

    /// <summary>Whether it is absorbed by a document that says otherwise.</summary>
    public bool IsOverruled(int number) => _overruled.Contains(number);

    /// <summary>Whether its time was over.</summary>
    public bool IsExpired(int number) => _expired.Contains(number);

    /// <summary>Whether it was taken back alone.</summary>
    public bool IsUndone(int number) => _undone.Contains(number);

    public SuspendedEdit? SuspensionOf(int number) => Suspended.FirstOrDefault(s => s.Edit == number);

    /// <summary>Those that make the desired state. Superseded ones are among them until a document arrives: what they made managed stays managed.</summary>
    public IEnumerable<EditEntry> Folded => Edits.Where(e => !IsAbsorbed(e.Number) && SuspensionOf(e.Number) is null);

    /// <summary>The last edit of each item, unless a document has absorbed it; suspended ones too.</summary>
    public IEnumerable<EditEntry> Counting => Edits.Where(e => !IsAbsorbed(e.Number) && !SupersededBy.ContainsKey(e.Number));

    /// <summary>The last edit of each item that has an effect.</summary>
    public IEnumerable<EditEntry> InEffect => Counting.Where(e => SuspensionOf(e.Number) is null && Over(e) is null);

    /// <summary>Those that count and end by themselves.</summary>
    public IReadOnlyList<EditEntry> Passing => field ??= [.. Counting.Where(e => e.Expires is not null)];

    /// <summary>The one that counts instead till it ends by itself; null for none.</summary>
    public EditEntry? Over(EditEntry entry) =>
        entry.Expires is null ? Passing.LastOrDefault(p => p.Number > entry.Number && SuspensionOf(p.Number) is null && StateItems.Covers(p.Edit!.Item, entry.Edit!.Item)) : null;

    /// <summary>With the edits that are over, and the like of them whose place they had taken.</summary>
    /// <returns>Null when none is.</returns>
    public Settlement? Expire(Func<EditEntry, bool> isOver)
    {
        var over = Passing.Where(isOver).Select(e => e.Number).ToHashSet();
        if (over.Count == 0) return null;
        foreach (var entry in Edits.Reverse())
            if (entry.Expires is not null && !IsAbsorbed(entry.Number) && SupersededBy.TryGetValue(entry.Number, out var by) && over.Contains(by)) over.Add(entry.Number);
        int[] expired = [.. over.Order()];
        return Without(expired) with { Expired = expired };
    }

    /// <summary>With some edits taken back.</summary>
    public Settlement Undo(IReadOnlyCollection<EditEntry> edits)
    {
        int[] numbers = [.. edits.Select(e => e.Number)];
        return Without(numbers) with { Undone = numbers };
    }

    Settlement Without(int[] edits) => new(edits, [.. Suspended.Where(s => !edits.Contains(s.Edit))], LeftOut.SameAs(LeftOut.None) ? null : LeftOut);

    /// <summary>With one more line, which is not written yet.</summary>
    public EditChain With(Settlement settled)
    {
        var last = Lines is [.., var newest] ? newest.Number : 0;
        return new([.. Lines, new(last + 1, last, default, "", null, null, 0, settled)]);
    }

    static Dictionary<int, int> Supersede(IReadOnlyList<EditEntry> edits)
    {
        var (lasting, passing, superseded) = (new Dictionary<string, int>(), new Dictionary<string, int>(), new Dictionary<int, int>());
        foreach (var entry in edits.Reverse())
        {
            var item = entry.Edit!.Item;
            Dictionary<string, int>[] later = entry.Expires is null ? [lasting] : [lasting, passing];
            var by = later.SelectMany(l => StateItems.AndAbove(item).Where(l.ContainsKey).Select(i => l[i])).DefaultIfEmpty().Min();
            if (by > 0) superseded[entry.Number] = by;
            (entry.Expires is null ? lasting : passing)[item] = entry.Number;
        }
        return superseded;
    }
}
