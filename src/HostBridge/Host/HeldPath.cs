using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace MeshMcp.HostBridge.Host;

/// <summary>A folder or file of the host held open: whatever its name leads to afterwards, this is what was looked at.</summary>
sealed partial class HeldPath : IDisposable
{
    const int EmptyPath = 0x1000, Clone = 1, ClonedCloseOnExec = 0x80000, Recursive = 0x8000, MoveFromEmptyPath = 4, Detached = 2;
    const int TooManyLinks = 40, TypeBits = 0xF000, FolderType = 0x4000, FileType = 0x8000;
    const long OpenTree = 428, MoveMount = 429, SetMountAttributes = 442;
    const ulong ReadOnly = 1;
    const int NoSuchCall = 38;

    readonly SafeFileHandle _handle;

    HeldPath(SafeFileHandle handle, bool isFolder) => (_handle, IsFolder) = (handle, isFolder);

    public bool IsFolder { get; }

    /// <param name="links">Whether links on the way are followed.</param>
    /// <exception cref="IOException">It is not there, a link is on its way, or it is neither folder nor plain file; said in words that begin with the path.</exception>
    public static HeldPath Open(string path, bool links = false)
    {
        var handle = OpenAt.Open(OpenAt.Here, path, OpenAt.PathOnly, 0, links ? OpenAt.NoMagicLinks : OpenAt.NoLinks);
        try
        {
            if (handle.IsInvalid)
                throw new IOException(Marshal.GetLastPInvokeError() == TooManyLinks ? $"{path} has a link on its way; name where it leads: {LinkOf(path)}." : $"{path} cannot be opened: {Marshal.GetLastPInvokeErrorMessage()}.");
            var type = TypeOf(handle, path);
            return type is FolderType or FileType ? new(handle, type == FolderType) : throw new IOException($"{path} is a socket, a pipe or a device; only a folder or a plain file can be mounted.");
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Mounts it on <paramref name="target"/>, which is of its kind.</summary>
    /// <param name="whole">With what is mounted below it, and all of that read-only; before Linux 5.12 what is below is as it was.</param>
    public unsafe void MountOn(string target, bool whole)
    {
        var tree = SystemCall(OpenTree, (int)_handle.DangerousGetHandle(), "", EmptyPath | Clone | ClonedCloseOnExec | (whole ? Recursive : 0u), 0, 0);
        if (tree < 0) throw Failed("clone", target);
        using var clone = new SafeFileHandle((nint)tree, ownsHandle: true);
        if (whole && SetAttributes(SetMountAttributes, (int)tree, "", EmptyPath | Recursive, new(ReadOnly, 0, 0, 0), (nuint)sizeof(MountAttributes)) < 0 && Marshal.GetLastPInvokeError() != NoSuchCall)
            throw Failed("make read-only what goes to", target);
        if (Move(MoveMount, (int)tree, "", OpenAt.Here, target, MoveFromEmptyPath) < 0) throw Failed("mount", target);
    }

    /// <summary>Takes a mount away; what was mounted from it elsewhere stays.</summary>
    /// <returns>False where nothing could be taken away.</returns>
    public static bool Unmount(string target) => UnmountNow(target, Detached) == 0;

    public void Dispose() => _handle.Dispose();

    /// <summary>Where the first link on the way leads, as far as it can be told.</summary>
    static string LinkOf(string path)
    {
        for (var at = path; at.Length > 1; at = Path.GetDirectoryName(at)!)
            if (new FileInfo(at).LinkTarget is not null && File.ResolveLinkTarget(at, returnFinalTarget: true) is { } target) return target.FullName + path[at.Length..];
        return path;
    }

    static unsafe int TypeOf(SafeFileHandle handle, string path)
    {
        const int TypeAndMode = 1 | 2, Size = 256, ModeAt = 28;
        Span<byte> buffer = stackalloc byte[Size];
        fixed (byte* into = buffer)
            if (Statx((int)handle.DangerousGetHandle(), "", EmptyPath, TypeAndMode, into) < 0) throw Failed("look at", path);
        return BinaryPrimitives.ReadUInt16LittleEndian(buffer[ModeAt..]) & TypeBits;
    }

    static IOException Failed(string verb, string path) => new($"Cannot {verb} {path}: {Marshal.GetLastPInvokeErrorMessage()}.");

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial long SystemCall(long number, int at, string path, uint flags, long none, long nothing);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial long Move(long number, int from, string fromPath, int to, string toPath, uint flags);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial long SetAttributes(long number, int at, string path, uint flags, in MountAttributes attributes, nuint size);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int Statx(int at, string path, int flags, uint mask, byte* into);

    [LibraryImport("libc", EntryPoint = "umount2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int UnmountNow(string target, int flags);

    /// <summary>As the kernel has it.</summary>
    readonly record struct MountAttributes(ulong Set, ulong Clear, ulong Propagation, ulong UserNamespace);
}
