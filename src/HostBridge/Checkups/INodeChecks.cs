using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.State;

namespace MeshMcp.HostBridge.Checkups;

/// <summary>What a part of the agent finds when it looks at the host; changes nothing.</summary>
public interface INodeChecks
{
    Task<IReadOnlyList<Check>> LookAsync(NodeState desired, CancellationToken ct);
}
