using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace MeshMcp.HostBridge.Host.Lxc;

/// <summary>
/// Files of a container's root file system, opened as the container would see them: a symbolic link in it, which its own root can make at will,
/// never leads out of it.
/// </summary>
static partial class RootedFiles
{
    const int Create = 0x40, Exclusive = 0x80, WriteOnly = 1, NonBlocking = 0x800;
    const int NoSuchFile = 2, AlreadyThere = 17, CrossedMount = 18;

    public static bool Exists(string root, string path)
    {
        if (!Directory.Exists(root)) return false;
        using var at = Root(root);
        using var found = TryOpen(at, path, OpenAt.PathOnly, 0);
        return found is not null;
    }

    /// <summary>Puts a file in place of whatever was at <paramref name="path"/>; missing folders are made.</summary>
    public static void Write(string root, string path, ReadOnlySpan<byte> content, UnixFileMode mode)
    {
        using var at = Root(root);
        using var folder = Folder(at, Path.GetDirectoryName(path) ?? "/");
        var (name, beside) = (Path.GetFileName(path), $".meshmcp-{Guid.NewGuid():N}");
        using (var made = TryOpen(folder, beside, WriteOnly | Create | Exclusive, 0b110_000_000) ?? throw Failed("make", path))
        {
            using var stream = new FileStream(made, FileAccess.Write);
            stream.Write(content);
            File.SetUnixFileMode(made, mode);
            stream.Flush(flushToDisk: true);
        }
        if (RenameAt(folder.DangerousGetHandle(), beside, folder.DangerousGetHandle(), name) < 0) throw Failed("write", path);
    }

    /// <summary>The first bytes of a file; null when there is none.</summary>
    /// <exception cref="IOException">It cannot be read: it is a folder, or a link that leads nowhere.</exception>
    public static byte[]? Read(string root, string path, int most)
    {
        if (!Directory.Exists(root)) return null;
        using var at = Root(root);
        // Not blocking: it may be a pipe that nobody writes to.
        using var found = TryOpen(at, path, NonBlocking, 0);
        if (found is null) return null;
        var content = new byte[Math.Min(most, RandomAccessLength(found))];
        return content[..RandomAccess.Read(found, content, 0)];
    }

    /// <summary>Nothing there is fine.</summary>
    public static void Delete(string root, string path)
    {
        using var at = Root(root);
        using var folder = TryOpen(at, Path.GetDirectoryName(path) ?? "/", OpenAt.PathOnly, 0);
        if (folder is not null && UnlinkAt(folder.DangerousGetHandle(), Path.GetFileName(path), 0) < 0 && Marshal.GetLastPInvokeError() != NoSuchFile) throw Failed("delete", path);
    }

    /// <summary>The last bytes of a plain file; null when there is none, also where something is mounted on the way: that may be anything of the kernel's.</summary>
    public static string? Tail(string root, string path, int bytes)
    {
        if (!Directory.Exists(root)) return null;
        using var at = Root(root);
        // Not blocking: it may be a pipe that nobody writes to.
        using var found = TryOpen(at, path, NonBlocking, 0, OpenAt.NoCrossing);
        if (found is null || (File.GetUnixFileMode(found), RandomAccessLength(found)) is not (_, > 0 and var length)) return null;
        var buffer = new byte[Math.Min(bytes, length)];
        var read = RandomAccess.Read(found, buffer, length - buffer.Length);
        return Encoding.UTF8.GetString(buffer, 0, read);
    }

    /// <summary>Zero for what has no length.</summary>
    static long RandomAccessLength(SafeFileHandle file)
    {
        try
        {
            return RandomAccess.GetLength(file);
        }
        catch (NotSupportedException)
        {
            return 0;
        }
    }

    static SafeFileHandle Root(string root) => OpenAt.Open(OpenAt.Here, root, OpenAt.PathOnly, 0, 0) is { IsInvalid: false } at ? at : throw Failed("open", root);

    static SafeFileHandle Folder(SafeFileHandle root, string path)
    {
        if (TryOpen(root, path, OpenAt.PathOnly, 0) is { } there) return there;
        using var parent = Folder(root, Path.GetDirectoryName(path) ?? "/");
        if (MakeFolderAt(parent.DangerousGetHandle(), Path.GetFileName(path), 0b111_101_101) < 0 && Marshal.GetLastPInvokeError() != AlreadyThere) throw Failed("make", path);
        return TryOpen(root, path, OpenAt.PathOnly, 0) ?? throw Failed("open", path);
    }

    /// <summary>Null when there is no such file.</summary>
    static SafeFileHandle? TryOpen(SafeFileHandle root, string path, int flags, ulong mode, ulong also = 0)
    {
        var opened = OpenAt.Open((int)root.DangerousGetHandle(), path, flags, mode, OpenAt.InRoot | OpenAt.NoMagicLinks | also);
        if (!opened.IsInvalid) return opened;
        opened.Dispose();
        return Marshal.GetLastPInvokeError() is NoSuchFile or CrossedMount ? null : throw Failed("open", path);
    }

    static IOException Failed(string verb, string path) => new($"Cannot {verb} {path}: {Marshal.GetLastPInvokeErrorMessage()}");

    [LibraryImport("libc", EntryPoint = "mkdirat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MakeFolderAt(nint folder, string name, uint mode);

    [LibraryImport("libc", EntryPoint = "unlinkat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int UnlinkAt(nint folder, string name, int flags);

    [LibraryImport("libc", EntryPoint = "renameat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int RenameAt(nint folder, string name, nint newFolder, string newName);
}
