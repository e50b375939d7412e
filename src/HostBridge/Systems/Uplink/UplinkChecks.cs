using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Checkups;
using MeshMcp.HostBridge.Host;

namespace MeshMcp.HostBridge.Systems.Uplink;

/// <summary>Whether the kernel forwards what containers and tunnels send.</summary>
sealed class UplinkChecks : INodeChecks
{
    public string Layer => KernelChecks.Layer;

    public Task<IReadOnlyList<Check>> LookAsync(NodeState desired, CancellationToken ct) =>
        Task.FromResult<IReadOnlyList<Check>>(desired.Uplink is null && BridgeLayout.AdaptersOf(desired).Count == 0 ? [] : [Forwarding()]);

    static Check Forwarding() => Sysctl.Find(Sysctl.Forwarding) == "1"
        ? new(KernelChecks.Layer, "forwarding", Health.Fine, "IPv4 packets are forwarded")
        : new(KernelChecks.Layer, "forwarding", Health.Broken, "IPv4 forwarding is off: containers and tunnels reach nothing beyond this node.", "It is set with the section uplink of the state; something set it back: look through /etc/sysctl.d.");
}
