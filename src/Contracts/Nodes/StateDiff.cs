using MeshMcp.Contracts.State;

namespace MeshMcp.Contracts.Nodes;

/// <summary>What differs between the desired states of two generations: <c>GET /v1/diff?from=A&amp;to=B</c>.</summary>
/// <param name="To">The newest that holds unless asked otherwise.</param>
public sealed record StateDiff(int From, int To, IReadOnlyList<ItemDifference> Items);
