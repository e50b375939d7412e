using MeshMcp.Contracts.State;

namespace MeshMcp.Contracts.Nodes;

/// <summary>Packages of a node: <c>GET /v1/packages?name=</c>.</summary>
/// <param name="Trouble">Why PackageKit does not answer; absent when it does.</param>
public sealed record PackageList(string? Trouble, IReadOnlyList<PackageStatus> Packages);

/// <param name="Installed">The installed version.</param>
/// <param name="Available">Another version that a source has.</param>
/// <param name="Wanted">What the desired state says of it.</param>
public sealed record PackageStatus(string Name, string? Installed, string? Available, Ensure? Wanted);
