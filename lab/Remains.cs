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
        if (Directory.Exists(Site.Networks)) Place.OnThread(() => DeleteFiles(Path.GetFileName(site.NetworkFiles)));
        MountTable.UnmountBelow(site.Folder);
        if (Directory.Exists(site.Folder)) Directory.Delete(site.Folder, recursive: true);
        if (Directory.Exists(Site.Networks) && !Directory.EnumerateFileSystemEntries(Site.Networks).Any()) Syscalls.Unmount(Site.Networks);
        DeleteIfEmpty(Site.Networks);
        // With no other lab up nothing is mounted on these any more.
        if (!DeleteIfEmpty(Site.Root)) return;
        foreach (var folder in Topology.Ground.PrivateFolders.Where(f => f.EndsWith("/meshmcp", StringComparison.Ordinal) || f.StartsWith("/etc/net", StringComparison.Ordinal))) DeleteIfEmpty(folder);
    }

    /// <summary>One place of a lab that stays up.</summary>
    public static async Task ClearAsync(Place place)
    {
        var networks = MountTable.Read().Where(m => m.Path == place.NetworkFile).ToList();
        await EndAsync([.. networks.Select(m => m.Root)]);
        foreach (var network in networks) Syscalls.Unmount(network.Path);
        File.Delete(place.NetworkFile);
        MountTable.UnmountBelow(place.Folder!);
        Directory.Delete(place.Folder!, recursive: true);
    }

    /// <summary>
    /// What somebody mounted over the folder may hide our mounts, so that they cannot be taken away by their names. Where nothing is mounted on
    /// them, in a mount namespace of this thread's own, the files can be deleted, and with them their mounts end everywhere.
    /// </summary>
    static bool DeleteFiles(string prefix)
    {
        Syscalls.Unshare(Syscalls.ShareFs | Syscalls.NewMount);
        Syscalls.Mount("none", "/", null, Syscalls.Private | Syscalls.Recursive);
        MountTable.UnmountBelow(Site.Networks);
        foreach (var file in Directory.GetFiles(Site.Networks, prefix + "*")) File.Delete(file);
        return true;
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
