using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Checkups;
using MeshMcp.HostBridge.Host;

namespace MeshMcp.HostBridge.Systems.Bridge;

/// <summary>Where the bridge's packets are switched.</summary>
sealed class BridgeChecks : INodeChecks
{
    public string Layer => KernelChecks.Layer;

    public Task<IReadOnlyList<Check>> LookAsync(NodeState desired, CancellationToken ct) =>
        Task.FromResult<IReadOnlyList<Check>>(BridgeLayout.Of(desired) is { } bridge ? [DatapathOf(bridge)] : []);

    static Check DatapathOf(BridgeSection bridge) => KernelModule.HasOpenvswitch
        ? new(KernelChecks.Layer, "Open vSwitch", Health.Fine, bridge.Datapath == Datapath.Netdev ? "in the kernel, but the state asks for user space" : "in the kernel")
        : bridge.Datapath == Datapath.System
            ? new(KernelChecks.Layer, "Open vSwitch", Health.Broken, "The kernel has no module openvswitch, which bridge.datapath asks for.", "Install the module (modprobe openvswitch), or take bridge.datapath out of the state: packets are switched in user space then.")
            : new(KernelChecks.Layer, "Open vSwitch", Health.Fine, "not in the kernel; packets are switched in user space, slower");
}
