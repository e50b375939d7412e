using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.State;

namespace MeshMcp.HostBridge.Engine;

/// <summary>What a change is about: it is planned, run, verified and undone there, and nowhere else.</summary>
/// <param name="Systems">Systems that are asked something else than before, or that an edit names: each must answer.</param>
/// <param name="Carried">Systems that stand on those: their part is done with the change where they answer, and is no reason to hold it up where they do not.</param>
/// <param name="Items">Paths of what differs, and of what edits name.</param>
sealed record Concern(IReadOnlySet<string> Systems, IReadOnlySet<string> Carried, IReadOnlyList<string> Items)
{
    public IReadOnlySet<string> All { get; } = Systems.Union(Carried).ToHashSet();

    /// <param name="isDocument">Who hands over a document that asks nothing new wants the node to be as it says: all of it.</param>
    public static Concern Of(Planner planner, NodeState before, NodeState desired, IReadOnlyList<Edit> edits, bool isDocument)
    {
        HashSet<string> systems = [.. planner.Systems.Where(s => s.Differs(before, desired)).Select(s => s.Name).Union(edits.Select(e => e.Section)).Where(n => planner.Systems.Any(s => s.Name == n))];
        var carried = isDocument && systems.Count == 0 ? planner.Managing(desired) : planner.WithCarried(systems);
        var relevant = planner.Managing(desired).Union(planner.Managing(before)).ToHashSet();
        return new(systems, carried.Where(c => !systems.Contains(c) && relevant.Contains(c)).ToHashSet(),
            [.. StateItems.Differences(Whole(before), Whole(desired)).Select(d => d.Path), .. edits.Select(e => e.Item)]);
    }

    /// <summary>Whether a step is the change's own, rather than something that was to be done anyhow.</summary>
    public bool IsAbout(Step step) =>
        Systems.Contains(step.Shown.System) && (step.Item is not { } item || Items.Any(i => StateItems.Covers(i, item) || StateItems.Covers(item, i)));

    /// <summary>Whether it is told of something that the change asks for. A document that asks nothing new is about all that it names.</summary>
    public bool IsAbout(Finding finding) =>
        Items.Count == 0 || Items.Select(Plain).Any(i => StateItems.Covers(i, Plain(finding.Path)) || StateItems.Covers(Plain(finding.Path), i));

    /// <summary>Findings name members as fields; and a switch is about what it switches.</summary>
    static string Plain(string path)
    {
        path = path.Replace('[', '.').Replace("]", "", StringComparison.Ordinal);
        return path.EndsWith(".enabled", StringComparison.Ordinal) ? path[..^".enabled".Length] : path;
    }

    /// <summary>With what follows from other sections said.</summary>
    static NodeState Whole(NodeState state) => state with { Bridge = BridgeLayout.Of(state), Uplink = UplinkLayout.Of(state) };
}
