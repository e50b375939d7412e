namespace MeshMcp.HostBridge.Host.Lxc;

/// <summary>Which control groups this host has and lets us use, and those that LXC made for a container.</summary>
static class CgroupTree
{
    const string Root = "/sys/fs/cgroup";
    static readonly string[] Known = ["memory", "cpu", "pids"];

    public static bool IsUnified => File.Exists($"{Root}/cgroup.controllers");

    public static IReadOnlySet<string> Controllers => IsUnified
        ? File.ReadAllText($"{Root}/cgroup.controllers").Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries).Where(Known.Contains).ToHashSet()
        : Known.Where(c => Directory.Exists($"{Root}/{c}")).ToHashSet();

    /// <summary>Folders of the groups that LXC put a process of a container into, inner ones first.</summary>
    public static IEnumerable<string> Of(int process)
    {
        foreach (var line in Lines(process))
        {
            if (line.Split(':', 3) is not [_, var controllers, var path] || !(path.StartsWith("/lxc.payload.", StringComparison.Ordinal) || path.StartsWith("/lxc.monitor.", StringComparison.Ordinal))) continue;
            var tree = controllers.Length > 0 ? $"{Root}/{controllers.Replace("name=", "")}" : IsUnified ? Root : $"{Root}/unified";
            for (var group = path; group.Length > 1; group = Path.GetDirectoryName(group)!) yield return tree + group;
        }
    }

    /// <summary>Removes groups that nothing is in any more: a monitor that was killed leaves its own behind.</summary>
    public static void Remove(IEnumerable<string> groups)
    {
        foreach (var group in groups)
        {
            try
            {
                Directory.Delete(group);
            }
            catch (IOException)
            {
                // Gone, or in use.
            }
        }
    }

    static string[] Lines(int process)
    {
        try
        {
            return File.ReadAllLines($"/proc/{process}/cgroup");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
