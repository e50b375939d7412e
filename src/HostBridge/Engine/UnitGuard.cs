using System.Text.RegularExpressions;
using MeshMcp.Contracts.Changes;

namespace MeshMcp.HostBridge.Engine;

/// <summary>Units that the agent and the ways to it stand on, under the names that distributions give them. Pure.</summary>
static partial class UnitGuard
{
    public static PathTouch? Of(Touch.Unit unit, ManagementPaths paths)
    {
        var name = unit.Name;
        if (unit.Starts && Ending().IsMatch(name)) return new("the node itself", true, $"{name} ends or isolates all its programs");
        return Stood(name, paths) switch
        {
            { } on when unit.Stops => on,
            // What is only disabled or masked runs on until the next boot.
            { } on when unit.Lasting => on with { Cut = false, Why = $"{on.Why} from the next boot on" },
            _ when unit.Starts || unit.Stops => Starting(name, paths),
            _ => null,
        };
    }

    /// <summary>What is lost without the unit; whether it certainly is.</summary>
    static PathTouch? Stood(string name, ManagementPaths paths) => name switch
    {
        _ when Agent().IsMatch(name) => new(name.Contains("relay", StringComparison.Ordinal) ? "the relay" : "the agent", true, $"{name} is part of it"),
        _ when Essential().IsMatch(name) => new("the agent", true, $"systemd and all its units stand on {name}"),
        _ when Ssh().IsMatch(name) => new("SSH", true, $"{name} serves it"),
        _ when Switch().IsMatch(name) => paths.Bridge is null && paths.BridgeAfter is null ? null : new("the bridge", true, $"{name} carries it"),
        _ when Quick().Match(name) is { Success: true } match => Device(match.Groups["device"].Value, name, paths),
        _ when Netclient().IsMatch(name) => paths.Tunnel is null ? null : new(paths.TunnelName, true, $"{name} keeps it up"),
        _ when IfUp().Match(name) is { Success: true } match => Device(Unescaped(match.Groups["device"].Value), name, paths) ?? new("the node's network", false, $"{name} takes a device of the node up and down"),
        _ when DeviceUnit().Match(name) is { Success: true } match => Device(Unescaped(match.Groups["device"].Value), name, paths) ?? new("the node's network", false, $"units stand on {name}"),
        _ when name.EndsWith(".device", StringComparison.Ordinal) => new("the node itself", false, $"units stand on {name}"),
        _ when Downing().IsMatch(name) => new(paths.UplinkName, true, $"{name} takes the node's devices down when it stops"),
        _ when Network().IsMatch(name) => new("the node's network", false, $"{name} looks after it"),
        _ when Names().IsMatch(name) => paths.TunnelNeedsNames ? new(paths.TunnelName, false, $"{name} resolves the name of its server") : null,
        _ when Containers().IsMatch(name) => paths.Serves ? new("the serving containers", false, $"{name} may end containers") : null,
        _ when Ground().IsMatch(name) => new("the node itself", false, $"much stands on {name}"),
        _ => null,
    };

    /// <summary>What stands on nothing that stops can still be replaced by what starts.</summary>
    static PathTouch? Starting(string name, ManagementPaths paths) => name switch
    {
        _ when Firewall().IsMatch(name) => new("the node's network", false, $"{name} replaces the rules for its packets"),
        _ when Network().IsMatch(name) || Downing().IsMatch(name) || IfUp().IsMatch(name) => new("the node's network", false, $"{name} sets it up anew"),
        _ when Ssh().IsMatch(name) => new("SSH", false, $"{name} serves it"),
        _ when Switch().IsMatch(name) && paths.Bridge is not null => new("the bridge", false, $"{name} carries it"),
        _ => null,
    };

    static PathTouch? Device(string device, string unit, ManagementPaths paths) =>
        device == paths.Tunnel ? new(paths.TunnelName, true, $"{unit} takes {device} down when it stops")
        : device == paths.Uplink ? new(paths.UplinkName, true, $"{unit} takes {device} down when it stops")
        : paths.IsBridge(device) ? new("the bridge", true, $"{unit} takes {device} down when it stops")
        : null;

    /// <summary>systemd writes <c>/</c> as <c>-</c> and other characters in hexadecimal.</summary>
    static string Unescaped(string name) => Escape().Replace(name, m => $"{(char)Convert.ToInt32(m.Groups[1].Value, 16)}");

    [GeneratedRegex(@"\A((systemd-)?(poweroff|reboot|soft-reboot|halt|kexec|suspend|hibernate|hybrid-sleep|suspend-then-hibernate)\.(target|service)|(shutdown|sleep|final|umount|rescue|emergency|exit|runlevel[016]|ctrl-alt-del|initrd.*|system-update|factory-reset)\.target|(rescue|emergency)\.service)\z")]
    private static partial Regex Ending();

    [GeneratedRegex(@"\Ameshmcp-(hostbridge|relay|hostbridge-.*|relay-.*)\.(service|socket)\z")]
    private static partial Regex Agent();

    [GeneratedRegex(@"\A((dbus|dbus-broker|messagebus)\.(service|socket)|(-|system)\.slice|init\.scope|(-|usr|run|proc|sys|dev|etc|var|var-lib|var-lib-meshmcp)\.mount|(sysinit|local-fs)\.target)\z")]
    private static partial Regex Essential();

    [GeneratedRegex(@"\A((sshd?|dropbear)(@.*)?\.(service|socket)|sshd-unix.*\.socket)\z")]
    private static partial Regex Ssh();

    [GeneratedRegex(@"\A(openvswitch(-switch|-nonetwork)?|ovs-vswitchd|ovsdb-server|ovsdb|ovs-record-hostname)\.(service|socket)\z")]
    private static partial Regex Switch();

    [GeneratedRegex(@"\A(wg-quick@|wg-quick-|wireguard-)(?<device>.+?)\.(service|target)\z")]
    private static partial Regex Quick();

    [GeneratedRegex(@"\A(netclient|netclientd)\.(service|socket)\z")]
    private static partial Regex Netclient();

    [GeneratedRegex(@"\A(ifup@|ifupdown2?@|dhcpcd@|netctl@|net@|net\.|network-addresses-|wpa_supplicant@)(?<device>.+)\.service\z")]
    private static partial Regex IfUp();

    [GeneratedRegex(@"\Asys-(subsystem-net-devices-|devices-.*-net-)(?<device>.+)\.device\z")]
    private static partial Regex DeviceUnit();

    [GeneratedRegex(@"\A(networking|network|dhcpcd|dhclient|netctl|ifupdown2?)\.service\z")]
    private static partial Regex Downing();

    [GeneratedRegex(@"\A((NetworkManager|network-manager|systemd-networkd|connman|netplan.*|cloud-init.*|ifup.*|ModemManager|wpa_supplicant.*|iwd|systemd-udevd.*|network-setup|network-local-commands)\.(service|socket)|(network|network-pre|network-online|sockets)\.target)\z")]
    private static partial Regex Network();

    [GeneratedRegex(@"\A(nftables|iptables|ip6tables|ufw|firewalld|firewall|shorewall|netfilter-persistent|docker|fail2ban)\.(service|socket)\z")]
    private static partial Regex Firewall();

    [GeneratedRegex(@"\A(systemd-resolved|resolvconf|dnsmasq|unbound|named|bind9|nscd)\.(service|socket)\z")]
    private static partial Regex Names();

    [GeneratedRegex(@"\A(lxc.*|machine)\.(service|socket|target|slice)\z")]
    private static partial Regex Containers();

    [GeneratedRegex(@"\A((basic|multi-user|graphical|default|remote-fs|paths|timers|slices)\.target|user.*\.slice|session-.*\.scope|systemd-(logind|journald|modules-load|sysctl|tmpfiles-setup).*\.(service|socket)|(home|root|opt|boot.*|usr-.*|var-.*|etc-.*)\.mount|polkit\.service|cgroup.*)\z")]
    private static partial Regex Ground();

    [GeneratedRegex(@"\\x([0-9a-fA-F]{2})")]
    private static partial Regex Escape();
}
