using System.Diagnostics;
using MeshMcp.Lab.Namespaces;

namespace MeshMcp.Lab;

/// <summary>What a lab leaves on the machine, whether it was stopped or died: processes, namespaces, mounts.</summary>
static class Remains
{
    static readonly TimeSpan Grace = TimeSpan.FromSeconds(4), Poll = TimeSpan.FromMilliseconds(20);

    /// <summary>Ends and removes all of it; nothing to do is fine.</summary>
    public static async Task ClearAsync(Site site)
    {
        var networks = MountTable.Read().Where(m => m.Path.StartsWith(site.NetworkFiles, StringComparison.Ordinal)).ToList();
        await EndAsync([.. networks.Select(m => m.Root)]);
        foreach (var network in networks) Syscalls.Unmount(network.Path);
        if (Directory.Exists(Site.Networks))
            foreach (var file in Directory.GetFiles(Site.Networks, Path.GetFileName(site.NetworkFiles) + "*")) File.Delete(file);
        MountTable.UnmountBelow(site.Folder);
        if (Directory.Exists(site.Folder)) Directory.Delete(site.Folder, recursive: true);
        DeleteIfEmpty(Site.Networks);
        // With no other lab up nothing is mounted on these any more.
        if (!DeleteIfEmpty(Site.Root)) return;
        foreach (var folder in Topology.Ground.PrivateFolders.Where(f => f.EndsWith("/meshmcp", StringComparison.Ordinal) || f.StartsWith("/etc/net", StringComparison.Ordinal))) DeleteIfEmpty(folder);
    }

    static async Task EndAsync(HashSet<string> networks)
    {
        var clock = Stopwatch.StartNew();
        var asked = new HashSet<int>();
        for (var living = In(networks); living.Count > 0; living = In(networks))
        {
            foreach (var pid in living)
                if (clock.Elapsed > Grace) Syscalls.Kill(pid, Syscalls.SigKill);
                else if (asked.Add(pid)) Syscalls.Kill(pid, Syscalls.SigTerm);
            await Task.Delay(Poll);
        }
    }

    /// <summary>The processes in these network namespaces; a zombie is in none.</summary>
    static List<int> In(HashSet<string> networks)
    {
        List<int> found = [];
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
            if (int.TryParse(Path.GetFileName(folder), out var pid) && NetworkOf(folder) is { } network && networks.Contains(network)) found.Add(pid);
        return found;
    }

    static string? NetworkOf(string process)
    {
        try
        {
            return new FileInfo(process + "/ns/net").LinkTarget;
        }
        catch (IOException)
        {
            return null;
        }
    }

    static bool DeleteIfEmpty(string folder)
    {
        try
        {
            Directory.Delete(folder);
            return true;
        }
        catch (DirectoryNotFoundException)
        {
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
