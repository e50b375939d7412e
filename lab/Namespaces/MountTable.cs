namespace MeshMcp.Lab.Namespaces;

/// <summary>One line of <c>/proc/thread-self/mountinfo</c>: what is mounted where.</summary>
/// <param name="Root">The mounted part of the file system; for a namespace's file <c>net:[4026532000]</c>.</param>
sealed record MountPoint(string Root, string Path);

static class MountTable
{
    /// <summary>The calling thread's mounts, the newest last.</summary>
    public static IReadOnlyList<MountPoint> Read() =>
        [.. File.ReadLines("/proc/thread-self/mountinfo").Select(line => line.Split(' ')).Select(f => new MountPoint(f[3], f[4].Replace("\\040", " ")))];

    /// <summary>Unmounts everything below <paramref name="folder"/>, and the folder itself when it is a mount; the newest first.</summary>
    public static void UnmountBelow(string folder)
    {
        foreach (var mount in Read().Reverse())
            if (mount.Path == folder || mount.Path.StartsWith(folder + "/", StringComparison.Ordinal)) Syscalls.Unmount(mount.Path);
    }
}
