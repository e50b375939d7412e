using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Host;

namespace MeshMcp.HostBridge.Systems.Systemd;

/// <summary>Faults of the section <c>systemd</c> that can be told without looking at the host.</summary>
static class SystemdFaults
{
    public static IEnumerable<Problem> Of(SystemdSection? section, Distribution here)
    {
        foreach (var (name, unit) in section?.Units ?? new Dictionary<string, UnitState>())
        {
            var path = $"systemd.units.{name}";
            if (!UnitNames.IsValid(name))
                yield return new(path, $"\"{name}\" is no name of a unit: letters, digits and : _ . @ - with a type at the end, and of a template one instance (wg-quick@wg0.service).", Nearest: UnitNames.IsValid($"{name}.service") ? [$"{name}.service"] : null);
            if (unit.ActiveState is not (null or UnitNames.Active or UnitNames.Inactive))
                yield return new($"{path}.active_state", "One of active, inactive is expected.", Nearest: Nearest.To(unit.ActiveState, [UnitNames.Active, UnitNames.Inactive]));
            if (unit is { Masked: true, ActiveState: UnitNames.Active } or { Masked: true, Enabled: true })
                yield return new($"{path}.masked", "A masked unit can be neither started nor enabled.");
            if (name == UnitNames.OwnUnit && (unit.ActiveState == UnitNames.Inactive || unit.Masked == true))
                yield return new(path, "The host bridge does not stop itself: nobody would start it again.");
        }
        foreach (var twice in (section?.Units.Keys ?? []).GroupBy(n => UnitNames.AliasOf(n, here) ?? n).Where(g => g.Count() > 1))
            yield return new($"systemd.units.{twice.Last()}", $"{string.Join(" and ", twice)} are the same unit here, {twice.Key}: name it once.");
    }
}
