namespace MeshMcp.HostBridge.Host;

/// <summary>What is mounted where, as the kernel tells this process.</summary>
static class MountTable
{
    const int PathAt = 4;

    /// <summary>Where something is mounted at or below <paramref name="folder"/>; what came last comes first.</summary>
    public static IReadOnlyList<string> Below(string folder) =>
        [.. Read().Select(m => m.Path).Where(p => p == folder || p.StartsWith($"{folder}/", StringComparison.Ordinal)).Reverse()];

    /// <summary>The device that is mounted there, on top; null where nothing is.</summary>
    public static string? SourceOf(string path) => Read().LastOrDefault(m => m.Path == path).Source;

    /// <summary>Paths of ours have no characters that the kernel writes otherwise.</summary>
    static IEnumerable<(string Path, string Source)> Read() =>
        from line in File.ReadLines("/proc/self/mountinfo")
        let ends = line.Split(" - ")
        select (ends[0].Split(' ')[PathAt], ends[^1].Split(' ')[1]);
}
