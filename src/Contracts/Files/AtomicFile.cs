using System.Runtime.InteropServices;

namespace MeshMcp.Contracts.Files;

/// <summary>Writes a file so that a reader, or a crash, sees the old content or the new, never a part.</summary>
public static partial class AtomicFile
{
    public const UnixFileMode Secret = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    public const UnixFileMode Public = Secret | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>Writes beside <paramref name="path"/> with <paramref name="mode"/> from the first byte, syncs, renames, and syncs the folder, so that the rename itself survives a power cut.</summary>
    /// <param name="owner">The user and group it belongs to; this process's when null.</param>
    /// <exception cref="IOException">The folder is missing or full, or may not be written.</exception>
    public static void Write(string path, ReadOnlySpan<byte> content, UnixFileMode mode, uint? owner = null)
    {
        using var file = new Pending(path, mode);
        if (owner is { } user && ChangeOwner(file.Stream.SafeFileHandle.DangerousGetHandle().ToInt32(), user, user) < 0)
            throw new IOException($"Cannot give {path} to user {user}: {Marshal.GetLastPInvokeErrorMessage()}");
        file.Stream.Write(content);
        file.Complete();
    }

    /// <summary>As <see cref="Write"/>, for what is too much to be held at once.</summary>
    public static async Task WriteAsync(string path, Func<Stream, Task> content, UnixFileMode mode)
    {
        using var file = new Pending(path, mode);
        await content(file.Stream);
        file.Complete();
    }

    /// <summary>The file beside it: takes its place when it is complete, is gone when not.</summary>
    sealed class Pending(string path, UnixFileMode mode) : IDisposable
    {
        public FileStream Stream { get; } = new($"{path}.{Guid.NewGuid():N}.tmp", new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = mode });

        public void Complete()
        {
            Durable.Sync(Stream);
            Stream.Dispose();
            File.Move(Stream.Name, path, overwrite: true);
            Durable.SyncFolder(Path.GetDirectoryName(Path.GetFullPath(path))!);
        }

        public void Dispose()
        {
            Stream.Dispose();
            File.Delete(Stream.Name);
        }
    }

    [LibraryImport("libc", EntryPoint = "fchown", SetLastError = true)]
    private static partial int ChangeOwner(int descriptor, uint user, uint group);
}
