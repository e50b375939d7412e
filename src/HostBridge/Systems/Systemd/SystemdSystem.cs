using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.DBus;
using MeshMcp.HostBridge.Engine;
using MeshMcp.HostBridge.Host;
using MeshMcp.HostBridge.Store;

namespace MeshMcp.HostBridge.Systems.Systemd;

/// <summary>
/// The section <c>systemd</c>: units that are to be enabled, active or masked. What each was before is kept, and comes back when the state names it no longer.
/// Where no systemd answers, and for units that are not there, items wait.
/// </summary>
public sealed class SystemdSystem(SystemdUnits units, Ledger<UnitRecord> ledger, Distribution here) : HostSystem<SystemdSection, ObservedSystemd>
{
    public override string Name => "systemd";

    public override IReadOnlyList<string> Carries => [ISystem.Every];

    public override async Task<ObservedSystemd> ObserveAsync(NodeState desired, CancellationToken ct)
    {
        var records = ledger.Read();
        var seen = new Dictionary<string, SeenUnit>();
        try
        {
            foreach (var name in (desired.Systemd?.Units.Keys ?? []).Union(records.Keys)) seen[name] = await ReadAsync(name, ct);
            return new(null, seen, records, here);
        }
        catch (DBusException e)
        {
            return new(e.Message, new Dictionary<string, SeenUnit>(), records, here);
        }
    }

    /// <summary>By the name as it is written, else by the one it has here.</summary>
    public async Task<SeenUnit> ReadAsync(string name, CancellationToken ct)
    {
        var unit = await units.ReadAsync(name, ct);
        return !unit.IsThere && UnitNames.AliasOf(name, here) is { } alias ? await units.ReadAsync(alias, ct) : unit;
    }

    public override SystemdSection? Ours(ObservedSystemd observed) => observed.Ledger.Count == 0 ? null : new()
    {
        Units = observed.Ledger.ToDictionary(r => r.Key, r => observed.Find(r.Key) is { } unit ? SystemdPlan.Of(unit.State, r.Value.Before) : r.Value.Wanted),
    };

    public override IEnumerable<Problem> Validate(NodeState desired) => SystemdFaults.Of(desired.Systemd, here);

    public override Edit Resolve(Edit edit, NodeState state) => edit switch
    {
        SetUnit { Enabled: null, ActiveState: null, Masked: null } => throw new MeshException(ErrorKind.InvalidArgument, "Nothing is to be set.", "unit", "Say enabled, active_state or masked."),
        SetUnit set when here.IsNixos && (set.Enabled is not null || set.Masked is not null) => throw new MeshException(ErrorKind.NotSupported,
            $"On NixOS what is enabled or masked is declared to Nix, not set at run time.", $"systemd.units.{set.Unit}", SystemdFindings.NixLine(set.Unit, set.Enabled, set.Masked)),
        // Of a unit only the last edit counts, so each says all of it.
        SetUnit set when state.Systemd?.Units.GetValueOrDefault(set.Unit) is { } before =>
            set with { Enabled = set.Enabled ?? before.Enabled, ActiveState = set.ActiveState ?? before.ActiveState, Masked = set.Masked ?? before.Masked },
        ReleaseUnit release when state.Systemd?.Units.ContainsKey(release.Unit) != true => throw new MeshException(new MeshError(ErrorKind.NotFound, $"The state says nothing of {release.Unit}.", "unit",
            "unit_status shows the units that it names.", [new("unit", "No such unit.", Nearest: Nearest.To(release.Unit, state.Systemd?.Units.Keys ?? []))])),
        _ => edit,
    };

    public override IReadOnlyList<Step> Plan(SystemdSection? desired, ObservedSystemd observed)
    {
        var steps = new List<Step>();
        foreach (var (name, record) in observed.Ledger)
            if (desired?.Units.ContainsKey(name) != true)
                steps.AddRange(Release(name, record, observed));
        foreach (var (name, wanted) in desired?.Units ?? new Dictionary<string, UnitState>())
            if (observed.Find(name) is { } unit)
                steps.AddRange(Change(name, wanted, unit, observed));
        return steps;
    }

    public override IReadOnlyList<Step> Later(SystemdSection? desired, ObservedSystemd observed) =>
    [
        .. from wanted in desired?.Units ?? new Dictionary<string, UnitState>()
           where observed.Find(wanted.Key) is null
           select Step.Waiting(Name, ItemOf(wanted.Key), $"set {wanted.Key} once {(observed.Trouble is null ? "it is there" : "systemd answers")}", new Touch.Unit(wanted.Key,
               Starts: wanted.Value.ActiveState == UnitNames.Active, Stops: wanted.Value.ActiveState == UnitNames.Inactive, Lasting: wanted.Value.Enabled == false || wanted.Value.Masked == true)),
    ];

    public override IReadOnlyList<Finding> Findings(SystemdSection? desired, ObservedSystemd observed) => [.. SystemdFindings.Of(desired, observed)];

    protected override SystemdSection? Section(NodeState state) => state.Systemd;

    protected override NodeState With(NodeState state, SystemdSection? section) => state with { Systemd = section };

    static string ItemOf(string name) => $"systemd.units[{name}]";

    IEnumerable<Step> Change(string name, UnitState wanted, SeenUnit unit, ObservedSystemd observed)
    {
        var record = observed.Ledger.GetValueOrDefault(name);
        // What is looked after no longer goes back to what it was.
        var aim = SystemdPlan.Merge(wanted, record?.Before);
        var actions = SystemdPlan.Actions(aim, unit, here);
        var before = SystemdPlan.Of(SystemdPlan.Merge(record?.Before, unit.State), wanted);
        if (actions.Count == 0 && record is not null && record == new UnitRecord(unit.Name, before, wanted)) yield break;
        if (actions.Count == 0 && SystemdFindings.Waits(wanted, unit)) yield break;
        yield return New(unit, name, actions, $"look after {unit.Name}; it is as wanted", async ct =>
        {
            // Written down first: a crash in the middle must not forget what was there.
            ledger.Note(name, new(unit.Name, SystemdPlan.Merge(record?.Before, before), wanted));
            await RunAsync(actions, unit.Name, ct);
            ledger.Note(name, new(unit.Name, before, wanted));
        });
    }

    IEnumerable<Step> Release(string name, UnitRecord record, ObservedSystemd observed)
    {
        if (observed.Trouble is { } trouble)
            throw new MeshException(ErrorKind.Unavailable, $"{record.Unit} is to become what it was before, but systemd does not answer: {trouble}", $"systemd.units.{name}", "Is the message bus there? (systemctl status dbus)");
        var unit = observed.Find(name);
        var actions = unit is null ? [] : SystemdPlan.Actions(record.Before, unit, here);
        yield return New(unit ?? new(record.Unit, "", "", "", "", ""), name, actions, $"look after {record.Unit} no longer", async ct =>
        {
            await RunAsync(actions, record.Unit, ct);
            ledger.Note(name, null);
        });
    }

    async Task RunAsync(IReadOnlyList<UnitAction> actions, string unit, CancellationToken ct)
    {
        foreach (var action in actions)
            await (action switch
            {
                UnitAction.Unmask => units.UnmaskAsync(unit, ct),
                UnitAction.Enable => units.EnableAsync(unit, ct),
                UnitAction.Disable => units.DisableAsync(unit, ct),
                UnitAction.Start => units.StartAsync(unit, ct),
                UnitAction.Stop => units.StopAsync(unit, ct),
                _ => units.MaskAsync(unit, ct),
            });
    }

    /// <param name="named">As the state calls it.</param>
    Step New(SeenUnit unit, string named, IReadOnlyList<UnitAction> actions, string otherwise, Func<CancellationToken, Task> run)
    {
        var (starts, stops) = (actions.Contains(UnitAction.Start), actions.Contains(UnitAction.Stop));
        var failed = starts && unit.Failure is { } failure ? $", which failed: {failure}" : "";
        var summary = actions.Count == 0 ? otherwise : $"{string.Join(" and ", actions.Select(a => a.ToString().ToLowerInvariant()))} {unit.Name}{failed}";
        return new(new(Name, $"unit {unit.Name}", summary, stops ? Effect.Disruptive : Effect.Reversible), run, Teardown: stops)
        {
            Item = ItemOf(named),
            Touches = actions.Count == 0 ? [] : [new Touch.Unit(unit.Name, starts, stops, actions.Contains(UnitAction.Disable) || actions.Contains(UnitAction.Mask))],
        };
    }
}
