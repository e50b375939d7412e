using MeshMcp.Contracts.Changes;

namespace MeshMcp.HostBridge.Engine;

/// <summary>A part of the agent, beside the systems, that has something to say about the node.</summary>
public interface INodeFindings
{
    IEnumerable<Finding> Findings();
}
