using System.Globalization;
using System.Text;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Files;
using MeshMcp.Contracts.State;

namespace MeshMcp.HostBridge.Host.Lxc;

/// <summary>
/// The root file system of a container with a disk limit: ext4 in a sparse file beside <c>rootfs</c>. On the host it is mounted only while it is filled, written into, made
/// larger, or its container starts: a container that runs has a mount in its own namespace, which nobody else can take away and which ends, with its loop device, when it does.
/// </summary>
public sealed class RootfsImage(ICommandRunner commands)
{
    /// <summary>In the container's folder.</summary>
    const string Image = "rootfs.img", Size = "rootfs.size";
    static readonly TimeSpan Within = TimeSpan.FromMinutes(10);

    /// <summary>Programs that it needs.</summary>
    public static IReadOnlyList<string> Programs { get; } = ["mkfs.ext4", "mount", "losetup", "resize2fs"];

    /// <summary>Of a container's folder; null where its root file system is in no image.</summary>
    public static DiskSize? SizeIn(string folder)
    {
        try
        {
            return long.TryParse(File.ReadAllText($"{folder}/{Size}"), NumberStyles.None, CultureInfo.InvariantCulture, out var size) ? new(size, new FileInfo($"{folder}/{Image}").Length) : null;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Makes an empty one.</summary>
    /// <param name="size">Bytes.</param>
    public async Task MakeAsync(string folder, long size, CancellationToken ct)
    {
        Stretch(folder, size);
        // The folder is new, so all of the file is zeros; what is not written now the kernel would write while the container runs.
        await commands.RunAsync(Command.Of("mkfs.ext4", "-q", "-F", "-b", "4096", "-m", "0", "-E", "lazy_itable_init=0,lazy_journal_init=0,root_owner=0:0", $"{folder}/{Image}") with { Timeout = Within }, ct);
        Directory.CreateDirectory($"{folder}/rootfs");
        Tell(folder, size);
    }

    /// <summary>Mounts it on <c>rootfs</c> until disposed, and makes it as large as <paramref name="size"/> where it is smaller. Nothing to do for a folder without one.</summary>
    public async Task<IDisposable?> MountAsync(string folder, long? size, CancellationToken ct)
    {
        if (SizeIn(folder) is not { } there) return null;
        var mounted = new Mounted(folder);
        try
        {
            var grows = size > there.FileSystem;
            if (grows) Stretch(folder, size!.Value);
            // An image that is mounted elsewhere, in its container, is mounted by the same loop device again: one file system, not two.
            if (MountTable.SourceOf($"{folder}/rootfs") is null)
                await commands.RunAsync(Command.Of("mount", "-n", "-t", "ext4", "-o", "loop,nodev,discard", $"{folder}/{Image}", $"{folder}/rootfs") with { Timeout = Within }, ct);
            if (grows) await GrowAsync(folder, there.FileSystem, size!.Value, ct);
            return mounted;
        }
        catch
        {
            mounted.Dispose();
            throw;
        }
    }

    /// <summary>The kernel does it in its journal, so a crash leaves a file system of one size or the other, and what is not told as done is done again.</summary>
    async Task GrowAsync(string folder, long was, long size, CancellationToken ct)
    {
        var device = MountTable.SourceOf($"{folder}/rootfs") ?? throw new IOException($"{folder}/rootfs was unmounted by somebody.");
        var before = new DriveInfo($"{folder}/rootfs").TotalSize;
        await commands.RunAsync(Command.Of("losetup", "-c", device), ct);
        try
        {
            await commands.RunAsync(Command.Of("resize2fs", device) with { Timeout = Within }, ct);
        }
        catch (MeshException e) when (e.Error.Kind == ErrorKind.CommandFailed)
        {
            if (new DriveInfo($"{folder}/rootfs").TotalSize == before)
            {
                using (var file = new FileStream($"{folder}/{Image}", FileMode.Open, FileAccess.Write)) file.SetLength(was);
                await commands.RunAsync(Command.Of("losetup", "-c", device), CancellationToken.None);
            }
            throw new MeshException(ErrorKind.NotSupported, $"The root file system of container {Path.GetFileName(folder)} could not be made larger: {e.Message}", "limits.disk", "Where the kernel denies it, the agent has been taken CAP_SYS_RESOURCE, which its own unit leaves it; else look at the kernel's log.", e);
        }
        Tell(folder, size);
    }

    /// <summary>Takes what is mounted on <c>rootfs</c> away; what its container has of it stays.</summary>
    public static void Unmount(string folder)
    {
        // Somebody else's, who wants it there.
        if (SizeIn(folder) is null) return;
        while (MountTable.SourceOf($"{folder}/rootfs") is not null && HeldPath.Unmount($"{folder}/rootfs"))
        {
            // What was mounted over it shows.
        }
    }

    /// <summary>Only ever larger.</summary>
    static void Stretch(string folder, long size)
    {
        try
        {
            using var file = new FileStream($"{folder}/{Image}", new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.Write, UnixCreateMode = AtomicFile.Secret });
            if (file.Length < size) file.SetLength(size);
        }
        catch (Exception e) when (e is IOException or ArgumentOutOfRangeException)
        {
            throw new MeshException(ErrorKind.InvalidArgument, $"The file system of {folder} has no room for a file of {new ByteSize(size)}: {e.Message}", "limits.disk", "Give a smaller disk limit.", e);
        }
    }

    static void Tell(string folder, long size) => AtomicFile.Write($"{folder}/{Size}", Encoding.ASCII.GetBytes(size.ToString(CultureInfo.InvariantCulture)), AtomicFile.Secret);

    sealed class Mounted(string folder) : IDisposable
    {
        public void Dispose() => Unmount(folder);
    }
}

/// <summary>Of a root file system in an image.</summary>
/// <param name="FileSystem">Bytes it was made with, or made larger to.</param>
/// <param name="Image">Bytes of the file; more than those only where a crash cut off making it larger.</param>
public sealed record DiskSize(long FileSystem, long Image);
