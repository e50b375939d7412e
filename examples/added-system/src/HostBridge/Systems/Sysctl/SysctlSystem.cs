using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Engine;
using MeshMcp.HostBridge.Store;

namespace MeshMcp.HostBridge.Systems.Sysctl;

/// <summary>The section <c>sysctl</c>. A setting is ours while the ledger knows what it was before; released, it becomes that again.</summary>
sealed class SysctlSystem(Ledger<string> ledger) : HostSystem<SysctlSection, ObservedSysctl>
{
    public override string Name => "sysctl";

    public override Task<ObservedSysctl> ObserveAsync(NodeState desired, CancellationToken ct)
    {
        var before = ledger.Read();
        return Task.FromResult(new ObservedSysctl(before, (desired.Sysctl?.Values.Keys ?? []).Union(before.Keys).ToDictionary(n => n, n => Words(Host.Sysctl.Find(PathOf(n))))));
    }

    public override SysctlSection? Ours(ObservedSysctl observed) =>
        observed.Before.Count == 0 ? null : new() { Values = observed.Before.Keys.Where(n => observed.Now[n] is not null).ToDictionary(n => n, n => observed.Now[n]!) };

    public override IEnumerable<Problem> Validate(NodeState desired) => SysctlFaults.Of(desired.Sysctl!);

    public override IReadOnlyList<Finding> Findings(SysctlSection? desired, ObservedSysctl observed) =>
    [
        .. from name in desired?.Values.Keys ?? []
           where observed.Now[name] is null
           select new Finding("waiting", ItemOf(name), $"The kernel has no {name} now: its module may not be loaded."),
    ];

    public override IReadOnlyList<Step> Plan(SysctlSection? desired, ObservedSysctl observed) =>
    [
        .. from kept in observed.Before
           where desired?.Values.ContainsKey(kept.Key) != true
           select Step(kept.Key, $"set {kept.Key} back to {kept.Value}", async ct =>
           {
               if (observed.Now[kept.Key] is not null) await Host.Sysctl.SetAsync(PathOf(kept.Key), kept.Value, ct);
               ledger.Note(kept.Key, null);
           }, teardown: true),
        .. from wanted in desired?.Values ?? new Dictionary<string, string>()
           let now = observed.Now[wanted.Key]
           where now is not null && (now != Words(wanted.Value) || !observed.Before.ContainsKey(wanted.Key))
           select Step(wanted.Key, $"set {wanted.Key} to {wanted.Value}", ct =>
           {
               // First of all what it was: after a crash in between it can still be put back.
               if (!observed.Before.ContainsKey(wanted.Key)) ledger.Note(wanted.Key, now);
               return Host.Sysctl.SetAsync(PathOf(wanted.Key), wanted.Value, ct);
           }),
    ];

    protected override SysctlSection? Section(NodeState state) => state.Sysctl;

    protected override NodeState With(NodeState state, SysctlSection? section) => state with { Sysctl = section };

    Step Step(string name, string summary, Func<CancellationToken, Task> run, bool teardown = false) => new(new(Name, name, summary), run, teardown) { Item = ItemOf(name) };

    static string ItemOf(string name) => $"sysctl.values.{name}";

    static string PathOf(string name) => name.Replace('.', '/');

    /// <summary>The kernel writes tabs between numbers, people blanks.</summary>
    static string? Words(string? value) => value is null ? null : string.Join(' ', value.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
