using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Engine;
using MeshMcp.HostBridge.Systems.Netmaker;
using MeshMcp.HostBridge.Systems.Uplink;

namespace MeshMcp.UnitTests.Engine;

/// <summary>One section's system over a host in memory: the items that the section, or the layout that follows from the whole state, comes to.</summary>
sealed class SectionSystem(string section) : HostSystem<SectionSystem.Items, IReadOnlyDictionary<string, string>>
{
    public sealed record Items(IReadOnlyDictionary<string, string> All);

    public SortedDictionary<string, string> Host { get; } = new(StringComparer.Ordinal);

    public static IReadOnlyList<SectionSystem> All => [.. NodeState.Sections.Select(s => new SectionSystem(s))];

    public override string Name => section;

    public override Task<IReadOnlyDictionary<string, string>> ObserveAsync(NodeState desired, CancellationToken ct) => Task.FromResult<IReadOnlyDictionary<string, string>>(new Dictionary<string, string>(Host));

    public override Items? Ours(IReadOnlyDictionary<string, string> observed) => new(observed);

    public override IReadOnlyList<Step> Plan(Items? desired, IReadOnlyDictionary<string, string> observed)
    {
        var wanted = desired?.All ?? new Dictionary<string, string>();
        return
        [
            .. observed.Keys.Except(wanted.Keys).Select(k => New($"remove {k}", () => Host.Remove(k)) with { Item = k }),
            .. wanted.Where(w => observed.GetValueOrDefault(w.Key) != w.Value).Select(w => New($"put {w.Key} {w.Value}", () => Host[w.Key] = w.Value) with { Item = w.Key }),
        ];
    }

    protected override Items? Section(NodeState state) => section switch
    {
        "bridge" => BridgeLayout.Of(state) is { } bridge ? Of(new() { Bridge = bridge }) : null,
        "uplink" => UplinkTable.Of(state) is { } table ? With(Of(new() { Uplink = table.ToSection(), Bridge = new() { Name = "", Adapters = table.Adapters } }), "uplink.masquerade", table.Masquerade is { } some ? string.Join(' ', some) : "all") : null,
        "netmaker" => NetmakerSystem.Complete(state) is { } netmaker ? Of(new() { Netmaker = netmaker }) : null,
        _ => StateSections.Of(state).Contains(section) ? Of(StateSections.Only(state, [section])) : null,
    };

    protected override NodeState With(NodeState state, Items? items) => state;

    protected override string Asked(NodeState state) => string.Join('\n', (Section(state)?.All ?? new Dictionary<string, string>()).Select(i => $"{i.Key} {i.Value}"));

    /// <summary>An empty list has no items, and is not the same as none.</summary>
    static Items With(Items items, string path, string value) => new(new SortedDictionary<string, string>(items.All.ToDictionary(), StringComparer.Ordinal) { [path] = value });

    static Items Of(NodeState state) => new(StateItems.Of(state));

    Step New(string summary, Action run) => new(new(Name, summary, summary), _ =>
    {
        run();
        return Task.CompletedTask;
    });
}
