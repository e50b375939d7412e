using MeshMcp.Contracts.Nodes;
using MeshMcp.Tools.Answers;

namespace MeshMcp.Tools.Host;

/// <summary>systemd's units on a node.</summary>
/// <param name="Trouble">Why systemd does not answer.</param>
sealed record ShownUnits(string Node, string? Trouble, int Total, IReadOnlyList<UnitStatus> Units) : Told;
