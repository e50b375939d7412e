namespace MeshMcp.HostBridge.Host.Lxc;

/// <summary>What this host can confine containers with besides ids of their own and fewer capabilities.</summary>
static class Confinement
{
    const string AppArmor = "/sys/module/apparmor/parameters/enabled", SystemCalls = "/usr/share/lxc/config/common.seccomp";

    /// <summary>Of LXC's configuration: a profile that LXC makes, where the kernel has AppArmor; the system calls that LXC's own list refuses.</summary>
    public static IReadOnlyList<string> Lines { get; } =
    [
        .. File.Exists(AppArmor) && File.ReadAllText(AppArmor).StartsWith('Y') && ProgramPath.IsThere("apparmor_parser") ? ["lxc.apparmor.profile = generated"] : Array.Empty<string>(),
        .. File.Exists(SystemCalls) ? [$"lxc.seccomp.profile = {SystemCalls}"] : Array.Empty<string>(),
    ];
}
