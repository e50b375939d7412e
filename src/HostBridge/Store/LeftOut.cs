using System.Text.Json;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.State;

namespace MeshMcp.HostBridge.Store;

/// <summary>Sections that the declared document leaves out and the node had: they stay as they were said last.</summary>
/// <param name="Said">Those sections.</param>
/// <param name="Unmanaged">Names of sections that nobody looks after; an edit of one takes it up again.</param>
public sealed record LeftOut(NodeState Said, IReadOnlyList<string> Unmanaged)
{
    public static LeftOut None { get; } = new(new(), []);

    /// <summary>What <paramref name="declared"/> leaves out of the document before it and of what that one left out already. A mode that it gives such a section counts; without one it is unmanaged.</summary>
    public static LeftOut Of(NodeState declared, NodeState before, LeftOut already)
    {
        var there = StateSections.Of(declared).ToHashSet();
        string[] dropped = [.. StateSections.Of(before).Where(s => !there.Contains(s))];
        string[] still = [.. StateSections.Of(already.Said).Where(s => !there.Contains(s))];
        return new(
            StateSections.With(StateSections.Only(before, dropped), StateSections.Only(already.Said, still)),
            [
                .. dropped.Union(already.Unmanaged.Where(s => !there.Contains(s))).Where(s => declared.Modes?.ContainsKey(s) != true)
                    .Union((declared.Modes ?? new Dictionary<string, DriftMode>()).Where(m => m.Value == DriftMode.Unmanaged).Select(m => m.Key))
                    .Order(StringComparer.Ordinal),
            ]);
    }

    /// <summary>With sections that are in <paramref name="state"/> and would go with nobody saying so.</summary>
    /// <param name="declared">Which gives modes.</param>
    public LeftOut And(IReadOnlyCollection<string> sections, NodeState state, NodeState declared) =>
        new(StateSections.With(Said, StateSections.Only(state, sections)), [.. Unmanaged.Union(sections.Where(s => declared.Modes?.ContainsKey(s) != true)).Order(StringComparer.Ordinal)]);

    public LeftOut Managing(string section) => Unmanaged.Contains(section) ? this with { Unmanaged = [.. Unmanaged.Where(s => s != section)] } : this;

    /// <summary>A document with these sections, of which those that nobody looks after are marked so.</summary>
    public NodeState Under(NodeState document)
    {
        var state = StateSections.With(document.ManagingAll(), Said);
        if (Unmanaged.Count == 0) return state;
        var modes = new SortedDictionary<string, DriftMode>((state.Modes ?? new Dictionary<string, DriftMode>()).ToDictionary(), StringComparer.Ordinal);
        foreach (var section in Unmanaged) modes[section] = DriftMode.Unmanaged;
        return state with { Modes = modes };
    }

    public bool SameAs(LeftOut other) => ReferenceEquals(this, other) || (Unmanaged.SequenceEqual(other.Unmanaged) && Text(Said).SequenceEqual(Text(other.Said)));

    static byte[] Text(NodeState state) => JsonSerializer.SerializeToUtf8Bytes(state, MeshJson.Default.NodeState);
}
