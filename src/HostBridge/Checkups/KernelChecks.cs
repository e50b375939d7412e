using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Host;
using MeshMcp.HostBridge.Systems.Lxc;

namespace MeshMcp.HostBridge.Checkups;

/// <summary>What the state needs of the kernel.</summary>
static class KernelChecks
{
    const string Layer = "kernel", Release = "/proc/sys/kernel/osrelease", Tun = "/dev/net/tun";

    /// <summary>The first with mounts that map ids, which unprivileged containers stand on.</summary>
    static readonly Version Mapping = new(5, 12);

    public static IEnumerable<Check> Of(NodeState desired)
    {
        var release = File.ReadAllText(Release).Trim();
        var maps = desired.Lxc?.Containers.Any(c => !ContainerIds.IsPrivileged(c)) == true;
        yield return maps && VersionOf(release) is { } version && version < Mapping
            ? new(Layer, "Linux", Health.Broken, $"Linux {release} cannot map the ids of mounts, so unprivileged containers do not start.", $"Boot a kernel from {Mapping} on, or say \"privileged\": true in the containers of the state: their root is the host's root then.")
            : new(Layer, "Linux", Health.Fine, $"Linux {release}");
        if (desired.Wireguard is not null || desired.Netmaker is not null) yield return Wireguard();
        if (BridgeLayout.Of(desired) is { } bridge) yield return Datapath(bridge);
        if (Forwards(desired)) yield return Sysctl.Find(Sysctl.Forwarding) == "1"
            ? new(Layer, "forwarding", Health.Fine, "IPv4 packets are forwarded")
            : new(Layer, "forwarding", Health.Broken, "IPv4 forwarding is off: containers and tunnels reach nothing beyond this node.", "It is set with the section uplink of the state; something set it back: look through /etc/sysctl.d.");
    }

    static Check Wireguard() => KernelModule.HasWireguard
        ? new(Layer, "WireGuard", Health.Fine, "in the kernel")
        : ProgramPath.IsThere("wireguard-go") && File.Exists(Tun)
            ? new(Layer, "WireGuard", Health.Fine, "not in the kernel; wireguard-go carries the tunnels, slower")
            : new(Layer, "WireGuard", Health.Broken, $"The kernel has no WireGuard, and {(File.Exists(Tun) ? "wireguard-go is not installed" : $"{Tun} is missing")}.",
                File.Exists(Tun) ? "On Debian: apt-get install wireguard-go" : "Let the host give this machine /dev/net/tun, or boot a kernel with WireGuard.");

    static Check Datapath(BridgeSection bridge) => KernelModule.HasOpenvswitch
        ? new(Layer, "Open vSwitch", Health.Fine, bridge.Datapath == Contracts.State.Datapath.Netdev ? "in the kernel, but the state asks for user space" : "in the kernel")
        : bridge.Datapath == Contracts.State.Datapath.System
            ? new(Layer, "Open vSwitch", Health.Broken, "The kernel has no module openvswitch, which bridge.datapath asks for.", "Install the module (modprobe openvswitch), or take bridge.datapath out of the state: packets are switched in user space then.")
            : new(Layer, "Open vSwitch", Health.Fine, "not in the kernel; packets are switched in user space, slower");

    static bool Forwards(NodeState desired) => desired.Uplink is not null || BridgeLayout.AdaptersOf(desired).Count > 0;

    static Version? VersionOf(string release) => Version.TryParse(string.Join('.', release.Split('.', '-').Take(2)), out var version) ? version : null;
}
