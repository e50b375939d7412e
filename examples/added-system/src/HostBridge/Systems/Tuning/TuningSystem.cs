using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Engine;
using MeshMcp.HostBridge.Host;
using MeshMcp.HostBridge.Store;

namespace MeshMcp.HostBridge.Systems.Tuning;

/// <summary>The section <c>tuning</c>. A setting is ours while the ledger knows what it was before; released, it becomes that again.</summary>
sealed class TuningSystem(Ledger<string> ledger) : HostSystem<TuningSection, ObservedTuning>
{
    public override string Name => "tuning";

    public override Task<ObservedTuning> ObserveAsync(NodeState desired, CancellationToken ct)
    {
        var before = ledger.Read();
        return Task.FromResult(new ObservedTuning(before, (desired.Tuning?.Values.Keys ?? []).Union(before.Keys).ToDictionary(n => n, n => Words(Sysctl.Find(PathOf(n))))));
    }

    public override TuningSection? Ours(ObservedTuning observed) =>
        observed.Before.Count == 0 ? null : new() { Values = observed.Before.Keys.Where(n => observed.Now[n] is not null).ToDictionary(n => n, n => observed.Now[n]!) };

    public override IEnumerable<Problem> Validate(NodeState desired) => TuningFaults.Of(desired.Tuning!);

    public override IReadOnlyList<Finding> Findings(TuningSection? desired, ObservedTuning observed) =>
    [
        .. from name in desired?.Values.Keys ?? []
           where observed.Now[name] is null
           select new Finding("waiting", ItemOf(name), $"The kernel has no {name} now: its module may not be loaded."),
    ];

    public override IReadOnlyList<Step> Plan(TuningSection? desired, ObservedTuning observed) =>
    [
        .. from kept in observed.Before
           where desired?.Values.ContainsKey(kept.Key) != true
           select Step(kept.Key, $"set {kept.Key} back to {kept.Value}", async ct =>
           {
               if (observed.Now[kept.Key] is not null) await Sysctl.SetAsync(PathOf(kept.Key), kept.Value, ct);
               ledger.Note(kept.Key, null);
           }, teardown: true),
        .. from wanted in desired?.Values ?? new Dictionary<string, string>()
           let now = observed.Now[wanted.Key]
           where now is not null && (now != Words(wanted.Value) || !observed.Before.ContainsKey(wanted.Key))
           select Step(wanted.Key, $"set {wanted.Key} to {wanted.Value}", ct =>
           {
               // First of all what it was: after a crash in between it can still be put back.
               if (!observed.Before.ContainsKey(wanted.Key)) ledger.Note(wanted.Key, now);
               return Sysctl.SetAsync(PathOf(wanted.Key), wanted.Value, ct);
           }),
    ];

    protected override TuningSection? Section(NodeState state) => state.Tuning;

    protected override NodeState With(NodeState state, TuningSection? section) => state with { Tuning = section };

    Step Step(string name, string summary, Func<CancellationToken, Task> run, bool teardown = false) => new(new(Name, name, summary), run, teardown) { Item = ItemOf(name) };

    static string ItemOf(string name) => $"tuning.values.{name}";

    static string PathOf(string name) => name.Replace('.', '/');

    /// <summary>The kernel writes tabs between numbers, people blanks.</summary>
    static string? Words(string? value) => value is null ? null : string.Join(' ', value.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
