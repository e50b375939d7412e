using MeshMcp.HostBridge.Host;

namespace MeshMcp.HostBridge.Systems.Systemd;

/// <param name="Trouble">Why systemd does not answer; null when it does.</param>
/// <param name="Units">By the names that the state and the ledger call them; none while it does not answer.</param>
public sealed record ObservedSystemd(string? Trouble, IReadOnlyDictionary<string, SeenUnit> Units, IReadOnlyDictionary<string, UnitRecord> Ledger, Distribution Here)
{
    /// <summary>Null when it is not there.</summary>
    public SeenUnit? Find(string name) => Units.GetValueOrDefault(name) is { IsThere: true } unit ? unit : null;
}
