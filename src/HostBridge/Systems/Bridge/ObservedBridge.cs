using MeshMcp.HostBridge.OpenVSwitch;

namespace MeshMcp.HostBridge.Systems.Bridge;

/// <summary>What the plan must know of the host's bridges.</summary>
/// <param name="Bridges">All of them; ours is one at most.</param>
/// <param name="Address">IPv4 address of the bridge's own device with its prefix length; null without one.</param>
/// <param name="KernelDatapath">The kernel can switch packets itself.</param>
/// <param name="Devices">Network devices of the host, with the numbers that the kernel gave them.</param>
public sealed record ObservedBridge(IReadOnlyList<OvsBridge> Bridges, string? Address, bool Up, IReadOnlyDictionary<string, uint> Devices, bool KernelDatapath)
{
    /// <summary>Name of the bridge that the node had by what holds on it; null when it never had one.</summary>
    public string? Had { get; init; }
}
