using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.State;

namespace MeshMcp.HostBridge.Checkups;

/// <summary>What a part of the agent finds when it looks at the host; changes nothing.</summary>
public interface INodeChecks
{
    /// <summary>Told as broken where the look itself fails; one of <see cref="Check.Layers"/>.</summary>
    string Layer { get; }

    Task<IReadOnlyList<Check>> LookAsync(NodeState desired, CancellationToken ct);
}
