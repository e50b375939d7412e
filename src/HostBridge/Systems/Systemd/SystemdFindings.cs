using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.State;

namespace MeshMcp.HostBridge.Systems.Systemd;

/// <summary>What units wait for, and what their operator should know.</summary>
static class SystemdFindings
{
    public static IEnumerable<Finding> Of(SystemdSection? section, ObservedSystemd observed)
    {
        foreach (var (name, wanted) in section?.Units ?? new Dictionary<string, UnitState>())
        {
            var path = $"systemd.units.{name}";
            if (observed.Trouble is { } trouble)
                yield return new("waiting", path, $"systemd does not answer on this node: {trouble}. It is looked after once it does.");
            else if (observed.Find(name) is { } unit)
                foreach (var finding in Of(path, name, wanted, unit, observed)) yield return finding;
            else
                yield return new("waiting", path, $"There is no unit {UnitNames.AliasOf(name, observed.Here) ?? name} here; it is looked after once what brings it is installed.");
        }
    }

    /// <summary>Nothing of it can be done now.</summary>
    public static bool Waits(UnitState wanted, SeenUnit unit) => unit.IsMasked && wanted.Masked is null && (wanted.Enabled == true || wanted.ActiveState == UnitNames.Active);

    /// <summary>What to write in the node's configuration.</summary>
    public static string NixLine(string unit, bool? enabled, bool? masked)
    {
        var (name, type) = (unit[..unit.LastIndexOf('.')], unit[(unit.LastIndexOf('.') + 1)..]);
        var set = $"systemd.{type}s.\"{name}\"";
        return "Write in the node's configuration: " + (masked == true ? $"{set}.enable = false;" : masked == false ? $"{set}.enable = true;"
            : enabled == true ? $"{set}.wantedBy = [ \"multi-user.target\" ];" : $"{set}.wantedBy = lib.mkForce [ ];");
    }

    static IEnumerable<Finding> Of(string path, string name, UnitState wanted, SeenUnit unit, ObservedSystemd observed)
    {
        if (unit.Name != name)
            yield return new("warning", path, $"{name} is called {unit.Name} on {observed.Here.Name}: that is what is looked after.");
        if (Waits(wanted, unit))
            yield return new("waiting", path, $"{unit.Name} is masked, by somebody else: say \"masked\": false to take that back, or systemctl unmask {unit.Name}.");
        if (observed.Here.IsNixos)
        {
            if (wanted.Masked is { } masked && masked != unit.IsMasked) yield return new("waiting", $"{path}.masked", $"Not possible at run time on NixOS. {NixLine(unit.Name, null, masked)}");
            if (wanted.Enabled is { } enabled && enabled != unit.State.Enabled && !unit.IsMasked && !unit.CannotBeEnabled)
                yield return new("waiting", $"{path}.enabled", $"Not possible at run time on NixOS. {NixLine(unit.Name, enabled, null)}");
        }
        else if (wanted.Enabled == true && unit.CannotBeEnabled)
            yield return new("warning", $"{path}.enabled", $"{unit.Name} is {unit.FileState}: it says nothing of when it should start, so there is nothing to enable. Leave enabled out.");
    }
}
