using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Host;

namespace MeshMcp.HostBridge.Systems.Systemd;

/// <summary>In the order in which they run.</summary>
enum UnitAction { Unmask, Enable, Disable, Start, Stop, Mask }

/// <summary>What lies between a unit and what is wanted of it.</summary>
static class SystemdPlan
{
    public static IReadOnlyList<UnitAction> Actions(UnitState wanted, SeenUnit unit, Distribution here)
    {
        var (now, actions) = (unit.State, new List<UnitAction>());
        // Somebody masked it: that is taken back only where the state says so.
        var closed = unit.IsMasked && wanted.Masked != false;
        if (wanted.Masked == false && unit.IsMasked && !here.IsNixos) actions.Add(UnitAction.Unmask);
        if (wanted.Enabled == true && now.Enabled == false && !closed && !unit.CannotBeEnabled && !here.IsNixos) actions.Add(UnitAction.Enable);
        if (wanted.Enabled == false && now.Enabled == true && !here.IsNixos) actions.Add(UnitAction.Disable);
        if (wanted.ActiveState == UnitNames.Active && now.ActiveState != UnitNames.Active && !closed) actions.Add(UnitAction.Start);
        if (wanted.ActiveState == UnitNames.Inactive && now.ActiveState != UnitNames.Inactive) actions.Add(UnitAction.Stop);
        if (wanted.Masked == true && !unit.IsMasked && !here.IsNixos) actions.Add(UnitAction.Mask);
        return actions;
    }

    /// <summary>Of <paramref name="all"/> what <paramref name="fields"/> speaks of.</summary>
    public static UnitState Of(UnitState all, UnitState fields) => new()
    {
        Enabled = fields.Enabled is null ? null : all.Enabled,
        ActiveState = fields.ActiveState is null ? null : all.ActiveState == "activating" ? UnitNames.Active : all.ActiveState,
        Masked = fields.Masked is null ? null : all.Masked,
    };

    /// <summary>The first, and what it leaves open by the second.</summary>
    public static UnitState Merge(UnitState? first, UnitState? second) => new()
    {
        Enabled = first?.Enabled ?? second?.Enabled,
        ActiveState = first?.ActiveState ?? second?.ActiveState,
        Masked = first?.Masked ?? second?.Masked,
    };
}
