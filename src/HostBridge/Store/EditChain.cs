using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.State;

namespace MeshMcp.HostBridge.Store;

/// <summary>The lines of the log up to a head, and what each edit counts for there. Pure.</summary>
public sealed class EditChain
{
    readonly HashSet<int> _absorbed = [], _overruled = [];

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
            Suspended = settled.Suspended;
            LeftOut = settled.LeftOut ?? LeftOut.None;
        }
    }

    public IReadOnlyList<EditEntry> Lines { get; }

    public IReadOnlyList<EditEntry> Edits { get; }

    public IReadOnlyList<SuspendedEdit> Suspended { get; } = [];

    /// <summary>What the declared document leaves out, after the edits since.</summary>
    public LeftOut LeftOut { get; } = LeftOut.None;

    /// <summary>By the number of an edit that of the next one of the same item, which counts instead.</summary>
    public IReadOnlyDictionary<int, int> SupersededBy => field ??= Supersede(Edits);

    public bool IsAbsorbed(int number) => _absorbed.Contains(number);

    /// <summary>Whether it is absorbed by a document that says otherwise.</summary>
    public bool IsOverruled(int number) => _overruled.Contains(number);

    public SuspendedEdit? SuspensionOf(int number) => Suspended.FirstOrDefault(s => s.Edit == number);

    /// <summary>Those that make the desired state. Superseded ones are among them until a document arrives: what they made managed stays managed.</summary>
    public IEnumerable<EditEntry> Folded => Edits.Where(e => !IsAbsorbed(e.Number) && SuspensionOf(e.Number) is null);

    /// <summary>The last edit of each item, unless a document has absorbed it; suspended ones too.</summary>
    public IEnumerable<EditEntry> Counting => Edits.Where(e => !IsAbsorbed(e.Number) && !SupersededBy.ContainsKey(e.Number));

    /// <summary>The last edit of each item that has an effect.</summary>
    public IEnumerable<EditEntry> InEffect => Counting.Where(e => SuspensionOf(e.Number) is null);

    static Dictionary<int, int> Supersede(IReadOnlyList<EditEntry> edits)
    {
        var (later, superseded) = (new Dictionary<string, int>(), new Dictionary<int, int>());
        foreach (var entry in edits.Reverse())
        {
            var item = entry.Edit!.Item;
            var by = StateItems.AndAbove(item).Where(later.ContainsKey).Select(i => later[i]).DefaultIfEmpty().Min();
            if (by > 0) superseded[entry.Number] = by;
            later[item] = entry.Number;
        }
        return superseded;
    }
}
