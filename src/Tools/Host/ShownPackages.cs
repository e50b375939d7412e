using MeshMcp.Contracts.Nodes;
using MeshMcp.Tools.Answers;

namespace MeshMcp.Tools.Host;

/// <summary>Packages of a node's distribution.</summary>
/// <param name="Trouble">Why PackageKit does not answer.</param>
sealed record ShownPackages(string Node, string? Trouble, IReadOnlyList<PackageStatus> Packages) : Told;
