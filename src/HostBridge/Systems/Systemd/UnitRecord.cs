using MeshMcp.Contracts.State;

namespace MeshMcp.HostBridge.Systems.Systemd;

/// <summary>A unit that is looked after.</summary>
/// <param name="Unit">Its own name.</param>
/// <param name="Before">What it was before, of that which is looked after.</param>
/// <param name="Wanted">What was last wanted of it.</param>
public sealed record UnitRecord(string Unit, UnitState Before, UnitState Wanted);
