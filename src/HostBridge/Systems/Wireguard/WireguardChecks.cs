using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Checkups;
using MeshMcp.HostBridge.Host;

namespace MeshMcp.HostBridge.Systems.Wireguard;

/// <summary>Whether there is WireGuard, and the tunnels carry anything.</summary>
sealed class WireguardChecks(WireguardViews views) : INodeChecks
{
    public string Layer => "tunnels";

    const string Tun = "/dev/net/tun";

    public async Task<IReadOnlyList<Check>> LookAsync(NodeState desired, CancellationToken ct) =>
    [
        .. desired.Wireguard is null && desired.Netmaker is null ? Array.Empty<Check>() : [Kernel()],
        .. Of(await views.ReadAsync(ct)),
    ];

    public static IEnumerable<Check> Of(WireguardStatus wireguard) =>
        from tunnel in wireguard.Interfaces
        where tunnel.Role is "warp" or "vpn"
        select tunnel.IsWell
            ? new Check("tunnels", tunnel.Name, Health.Fine, tunnel.Verdict)
            : new Check("tunnels", tunnel.Name, Health.Broken, tunnel.Verdict, tunnel.Role == "warp"
                ? "Its packets go nowhere else meanwhile. Look at meshctl wg status; is its far end reachable over UDP from here?"
                : "Look at meshctl wg status, and whether the port is open towards this node.");

    static Check Kernel() => KernelModule.HasWireguard
        ? new(KernelChecks.Layer, "WireGuard", Health.Fine, "in the kernel")
        : ProgramPath.IsThere("wireguard-go") && File.Exists(Tun)
            ? new(KernelChecks.Layer, "WireGuard", Health.Fine, "not in the kernel; wireguard-go carries the tunnels, slower")
            : new(KernelChecks.Layer, "WireGuard", Health.Broken, $"The kernel has no WireGuard, and {(File.Exists(Tun) ? "wireguard-go is not installed" : $"{Tun} is missing")}.",
                File.Exists(Tun) ? "On Debian: apt-get install wireguard-go" : "Let the host give this machine /dev/net/tun, or boot a kernel with WireGuard.");
}
