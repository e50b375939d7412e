namespace MeshMcp.Contracts.Files;

/// <summary>Writes a file so that a reader, or a crash, sees the old content or the new, never a part; who could read and write the old one can the new one.</summary>
public static class AtomicFile
{
    public const UnixFileMode Secret = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    public const UnixFileMode Public = Secret | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>
    /// Writes beside <paramref name="path"/>, for this process alone until it has its owner, group and mode: those of the file whose place it takes, where there is one.
    /// Syncs, renames, and syncs the folder, so that the rename itself survives a power cut.
    /// </summary>
    /// <param name="mode">Of a new file, which is this process's.</param>
    /// <param name="like">The file whose place it takes in the end, where that is another than <paramref name="path"/>.</param>
    /// <exception cref="IOException">The folder is missing or full, or may not be written; or the file could not keep its owner.</exception>
    public static void Write(string path, ReadOnlySpan<byte> content, UnixFileMode mode, string? like = null) =>
        Write(path, content, FileRights.Of(like ?? path) ?? new FileRights(mode));

    /// <summary>As <see cref="Write(string, ReadOnlySpan{byte}, UnixFileMode, string?)"/>, with rights that are to be these, whatever they were.</summary>
    public static void Write(string path, ReadOnlySpan<byte> content, FileRights rights)
    {
        using var file = new Pending(path, rights);
        file.Stream.Write(content);
        file.Complete();
    }

    /// <summary>As <see cref="Write(string, ReadOnlySpan{byte}, UnixFileMode, string?)"/>, for what is too much to be held at once.</summary>
    public static async Task WriteAsync(string path, Func<Stream, Task> content, UnixFileMode mode)
    {
        using var file = new Pending(path, FileRights.Of(path) ?? new(mode));
        await content(file.Stream);
        file.Complete();
    }

    /// <summary>The file beside it: takes its place when it is complete, is gone when not.</summary>
    sealed class Pending : IDisposable
    {
        readonly string _path;

        public Pending(string path, FileRights rights)
        {
            _path = path;
            Stream = new($"{path}.{Guid.NewGuid():N}.tmp", new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = Secret });
            try
            {
                rights.GiveTo(Stream.SafeFileHandle, path);
            }
            catch
            {
                Dispose();
                throw;
            }
        }

        public FileStream Stream { get; }

        public void Complete()
        {
            Durable.Sync(Stream);
            Stream.Dispose();
            File.Move(Stream.Name, _path, overwrite: true);
            Durable.SyncFolder(Path.GetDirectoryName(Path.GetFullPath(_path))!);
        }

        public void Dispose()
        {
            Stream.Dispose();
            File.Delete(Stream.Name);
        }
    }
}
