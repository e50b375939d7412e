using System.Text.RegularExpressions;
using MeshMcp.Contracts.Changes;

namespace MeshMcp.HostBridge.Engine;

/// <summary>Packages that the agent and the ways to it stand on, under the names that distributions give them. Pure.</summary>
static partial class PackageGuard
{
    public static PathTouch? Of(Touch.Package package, ManagementPaths paths)
    {
        if (package is { Removed: false, Replaced: false }) return null;
        if (Stood(package.Name, paths) is not { } on) return null;
        // A new version restarts what it brings, and comes up again.
        return package.Removed ? on : on.Cut ? on with { Cut = false, Why = $"{package.Name} is replaced while it is in use" } : null;
    }

    static PathTouch? Stood(string name, ManagementPaths paths) => name switch
    {
        _ when Ssh().IsMatch(name) => new("SSH", true, $"{name} serves it"),
        _ when Switch().IsMatch(name) => paths.Bridge is null && paths.BridgeAfter is null ? null : new("the bridge", true, $"{name} carries it"),
        _ when Agent().IsMatch(name) => new("the agent", true, $"it needs {name}"),
        _ when Wireguard().IsMatch(name) => paths.Tunnel is null ? null : new(paths.TunnelName, name is "netclient" or "wireguard-go", $"it needs {name}"),
        _ when Containers().IsMatch(name) => paths.Serves ? new("the serving containers", true, $"{name} runs them") : null,
        _ when Ground().IsMatch(name) => new("the node itself", false, $"much stands on {name}, and may go with it"),
        _ => null,
    };

    [GeneratedRegex(@"\A(openssh(-server|-sftp-server|-server-pam)?|ssh|dropbear(-bin|-run)?)\z")]
    private static partial Regex Ssh();

    [GeneratedRegex(@"\A(openvswitch(-switch|-common|-switch-dpdk|-datapath.*)?|python3?-openvswitch)\z")]
    private static partial Regex Switch();

    [GeneratedRegex(@"\A(meshmcp.*|dbus(-daemon|-broker|-system-bus-common|-bin)?|systemd(-sysv|-shared|-udev)?|libsystemd(0|-shared)|init|init-system-helpers|iproute2?|nftables|libc6|glibc|musl|base-files|base-passwd|libc-bin|udev|kmod|passwd|login|util-linux|mount|coreutils|bash|dash)\z")]
    private static partial Regex Agent();

    [GeneratedRegex(@"\A(netclient|wireguard(-tools|-go|-dkms)?)\z")]
    private static partial Regex Wireguard();

    [GeneratedRegex(@"\A(lxc([0-9]|-utils|-libs|-common)?|liblxc.*)\z")]
    private static partial Regex Containers();

    [GeneratedRegex(@"\A(lib.*|systemd-.*|linux-(image|modules|base|lts|firmware).*|kernel.*|ifupdown.*|network-?manager.*|netplan.*|dhcpcd.*|isc-dhcp-client|resolvconf|python3(-minimal|\.[0-9]+)?|perl-base|openssl|ca-certificates|procps|psmisc|grub.*|dpkg|apt|rpm|dnf|apk-tools)\z")]
    private static partial Regex Ground();
}
