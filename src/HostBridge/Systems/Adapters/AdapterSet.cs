using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Network;

namespace MeshMcp.HostBridge.Systems.Adapters;

/// <summary>The adapters of a bridge. They are part of its section; what belongs to them outside Open vSwitch is this system's.</summary>
/// <param name="Network">The containers'; null while none has an address.</param>
public sealed record AdapterSet(string? Network, IReadOnlyList<BridgeAdapter> Adapters)
{
    /// <summary>Null without a bridge.</summary>
    public static AdapterSet? Of(NodeState state) =>
        BridgeLayout.Of(state) is { } bridge ? new(Networks.Behind(bridge)?.ToString(), bridge.Adapters) : null;
}
