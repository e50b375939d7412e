using System.Collections.Concurrent;
using System.Text;

namespace MeshMcp.HostBridge.Host.Lxc;

/// <summary>
/// The inits of our containers, found in <c>/proc</c> by what their environment says: that also finds one whose monitor was killed, of which LXC itself
/// says that it is stopped, and tells with which settings it was started.
/// </summary>
/// <param name="node">Tells this node's containers from those of another on the same kernel.</param>
public sealed class ContainerProcesses(string node)
{
    public const string Variable = "MESHMCP_CONTAINER";
    const string Monitor = "[lxc monitor] ";

    /// <summary>Control groups of each container's last init and monitor.</summary>
    readonly ConcurrentDictionary<string, (int Init, IReadOnlyList<string> Groups)> _groups = new();

    volatile IReadOnlyList<ContainerInit> _last = [];

    /// <summary>Whether all processes of the last look are still there.</summary>
    public bool AsBefore => _last.All(i => Directory.Exists($"/proc/{i.Pid}") && (i.Monitor is not { } monitor || Directory.Exists($"/proc/{monitor}")));

    /// <summary>Value of the variable for a container.</summary>
    public string MarkOf(string id, string revision) => $"{node}/{id}/{revision}";

    /// <summary>Whether it is that container's init still, and nobody else's process under its number.</summary>
    public bool IsStill(ContainerInit init) => ReadOf($"{init.Pid}", "environ")?.Split('\0').Contains($"{Variable}={MarkOf(init.Id, init.Revision)}") == true;

    /// <summary>Removes what a container that has ended left among the control groups.</summary>
    public void Forget(string id)
    {
        if (_groups.TryRemove(id, out var left)) CgroupTree.Remove(left.Groups);
    }

    public IReadOnlyList<ContainerInit> Find()
    {
        var own = NamespaceOf("self");
        var depth = StatusOf("self")?.Depth ?? 1;
        var found = new List<ContainerInit>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder.AsSpan()), out var pid)) continue;
            var process = Path.GetFileName(folder);
            if (NamespaceOf(process) is not { } other || other == own) continue;
            if (StatusOf(process) is not { IsInit: true } status || status.Depth != depth + 1) continue;
            if (ReadOf(process, "environ") is not { } environment) continue;
            if (environment.Split('\0').FirstOrDefault(v => v.StartsWith($"{Variable}={node}/", StringComparison.Ordinal))?.Split('/') is not [_, var id, var revision]) continue;
            var monitor = ReadOf($"{status.Parent}", "cmdline")?.StartsWith(Monitor, StringComparison.Ordinal) == true ? status.Parent : (int?)null;
            if (!_groups.TryGetValue(id, out var known) || known.Init != pid) _groups[id] = (pid, [.. CgroupTree.Of(pid), .. monitor is { } watcher ? CgroupTree.Of(watcher) : []]);
            found.Add(new(id, pid, revision, monitor));
        }
        _last = found;
        return found;
    }

    /// <summary>Names of all containers that LXC runs in this network namespace, ours or not.</summary>
    public static IReadOnlySet<string> Monitored()
    {
        var own = LinkOf("self", "net");
        var names = new HashSet<string>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            var process = Path.GetFileName(folder);
            if (!int.TryParse(process, out _) || ReadOf(process, "cmdline") is not { } words || !words.StartsWith(Monitor, StringComparison.Ordinal)) continue;
            if (LinkOf(process, "net") == own) names.Add(words.TrimEnd('\0').Split(' ')[^1]);
        }
        return names;
    }

    static string? NamespaceOf(string process) => LinkOf(process, "pid");

    static string? LinkOf(string process, string kind)
    {
        try
        {
            return new FileInfo($"/proc/{process}/ns/{kind}").LinkTarget;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    static Status? StatusOf(string process)
    {
        if (ReadOf(process, "status") is not { } text) return null;
        var (parent, numbers) = (0, Array.Empty<string>());
        foreach (var line in text.Split('\n'))
            if (line.StartsWith("PPid:", StringComparison.Ordinal)) parent = int.Parse(line.AsSpan(5));
            else if (line.StartsWith("NSpid:", StringComparison.Ordinal)) numbers = line[6..].Split('\t', StringSplitOptions.RemoveEmptyEntries);
        return new(parent, numbers.Length, numbers is [.., "1"]);
    }

    /// <summary>Null when it has ended meanwhile.</summary>
    static string? ReadOf(string process, string file)
    {
        try
        {
            return Encoding.UTF8.GetString(File.ReadAllBytes($"/proc/{process}/{file}"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    sealed record Status(int Parent, int Depth, bool IsInit);
}

/// <summary>A running container of ours.</summary>
/// <param name="Pid">On the host.</param>
/// <param name="Revision">Of the settings it was started with.</param>
/// <param name="Monitor">LXC's process that watches over it; null when that was killed, and LXC takes the container for stopped.</param>
public sealed record ContainerInit(string Id, int Pid, string Revision, int? Monitor);
