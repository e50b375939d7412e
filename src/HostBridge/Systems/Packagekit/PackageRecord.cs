using MeshMcp.Contracts.State;

namespace MeshMcp.HostBridge.Systems.Packagekit;

/// <summary>A package that is looked after.</summary>
/// <param name="WasInstalled">Before.</param>
public sealed record PackageRecord(bool WasInstalled, Ensure Wanted);
