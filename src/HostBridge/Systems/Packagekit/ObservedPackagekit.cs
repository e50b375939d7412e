using MeshMcp.HostBridge.Host;

namespace MeshMcp.HostBridge.Systems.Packagekit;

/// <param name="Trouble">Why PackageKit does not answer; null when it does, or was not asked.</param>
/// <param name="Packages">By name; none while it does not answer.</param>
/// <param name="Failed">What healing could not do lately, by name, and why; it is left alone for a while.</param>
public sealed record ObservedPackagekit(string? Trouble, IReadOnlyDictionary<string, SeenPackage> Packages, IReadOnlyDictionary<string, PackageRecord> Ledger, IReadOnlyDictionary<string, string> Failed, Distribution Here);
