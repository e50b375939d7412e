namespace MeshMcp.HostBridge.Host.Lxc;

/// <summary>Which control groups this host has and lets us use.</summary>
static class CgroupTree
{
    const string Root = "/sys/fs/cgroup";
    static readonly string[] Known = ["memory", "cpu", "pids"];

    public static bool IsUnified => File.Exists($"{Root}/cgroup.controllers");

    public static IReadOnlySet<string> Controllers => IsUnified
        ? File.ReadAllText($"{Root}/cgroup.controllers").Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries).Where(Known.Contains).ToHashSet()
        : Known.Where(c => Directory.Exists($"{Root}/{c}")).ToHashSet();
}
