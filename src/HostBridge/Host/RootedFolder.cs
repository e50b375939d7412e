using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace MeshMcp.HostBridge.Host;

/// <summary>
/// A folder inside a container's root file system, opened step by step without following a link: the container's own root may have put one
/// anywhere, and what the host writes must not end up outside. What is made here belongs to the owner of the root folder.
/// </summary>
sealed partial class RootedFolder : IDisposable
{
    const int ReadOnly = 0, WriteOnly = 1, Create = 0x40, Exclusive = 0x80, NonBlocking = 0x800, CloseOnExec = 0x80000;
    const int ForFolders = ReadOnly | CloseOnExec;
    const int NoSuchFile = 2;
    const uint FolderMode = 0x1ED, FileMode = 0x180; // 0755, 0600

    // Of the machine: these two differ between processors.
    static readonly int Folder = IsArm ? 0x4000 : 0x10000, NoFollow = IsArm ? 0x8000 : 0x20000;

    readonly SafeFileHandle _folder;
    readonly (uint User, uint Group) _owner;

    RootedFolder(SafeFileHandle folder, (uint User, uint Group) owner) => (_folder, _owner) = (folder, owner);

    /// <summary>Null when it is not there and is not to be made.</summary>
    /// <param name="path">Below <paramref name="root"/>, without links, <c>etc/meshmcp</c>.</param>
    /// <exception cref="IOException">A part of the path is a link or no folder.</exception>
    public static RootedFolder? Open(string root, string path, bool create)
    {
        var at = Checked(OpenAt(-1, root, ForFolders | Folder, 0), root);
        var owner = OwnerOf(at, root);
        var walked = root;
        foreach (var part in path.Split('/'))
        {
            var parent = at;
            walked = Path.Combine(walked, part);
            var made = create && MakeAt(parent, part, FolderMode) == 0;
            var next = OpenAt(Number(parent), part, ForFolders | Folder | NoFollow, 0);
            var error = Marshal.GetLastPInvokeError();
            parent.Dispose();
            if (next < 0 && error == NoSuchFile) return null;
            at = next < 0 ? throw new IOException($"{walked} is a link or no folder, so nothing is written there.") : new SafeFileHandle(next, ownsHandle: true);
            if (made && ChangeOwner(at, owner.User, owner.Group) < 0) throw Fault(walked);
        }
        return new(at, owner);
    }

    /// <summary>At most <paramref name="most"/> bytes; null when there is no such file, or something else of that name.</summary>
    public byte[]? Read(string name, int most)
    {
        var file = OpenAt(Number(_folder), name, ReadOnly | NoFollow | NonBlocking | CloseOnExec, 0);
        if (file < 0) return null;
        try
        {
            using var stream = new FileStream(new SafeFileHandle(file, ownsHandle: true), FileAccess.Read, 0);
            var content = new byte[most];
            return content[..stream.ReadAtLeast(content, most, throwOnEndOfStream: false)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }

    /// <summary>Atomically, readable by its owner alone.</summary>
    public void Write(string name, ReadOnlySpan<byte> content)
    {
        var beside = $".{name}.{Guid.NewGuid():N}";
        var file = Checked(OpenAt(Number(_folder), beside, WriteOnly | Create | Exclusive | NoFollow | CloseOnExec, FileMode), beside);
        try
        {
            using (var stream = new FileStream(file, FileAccess.Write, 0))
            {
                stream.Write(content);
                if (ChangeOwner(file, _owner.User, _owner.Group) < 0) throw Fault(name);
                stream.Flush(flushToDisk: true);
            }
            if (RenameAt(_folder, beside, _folder, name) < 0) throw Fault(name);
        }
        catch
        {
            _ = UnlinkAt(_folder, beside, 0);
            throw;
        }
        _ = Sync(_folder);
    }

    /// <summary>Nothing there is fine.</summary>
    public void Delete(string name)
    {
        if (UnlinkAt(_folder, name, 0) < 0 && Marshal.GetLastPInvokeError() != NoSuchFile) throw Fault(name);
        _ = Sync(_folder);
    }

    public void Dispose() => _folder.Dispose();

    static bool IsArm => RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm;

    static int Number(SafeFileHandle handle) => (int)handle.DangerousGetHandle();

    static SafeFileHandle Checked(int descriptor, string what) => descriptor < 0 ? throw Fault(what) : new(descriptor, ownsHandle: true);

    static IOException Fault(string what) => new($"{what}: {Marshal.GetLastPInvokeErrorMessage()}");

    static (uint User, uint Group) OwnerOf(SafeFileHandle folder, string name)
    {
        const int EmptyPath = 0x1000;
        const uint OwnerOnly = 0x18; // STATX_UID | STATX_GID
        Span<byte> status = stackalloc byte[256]; // struct statx
        return StatX(folder, "", EmptyPath, OwnerOnly, status) < 0 ? throw Fault(name)
            : (BinaryPrimitives.ReadUInt32LittleEndian(status[20..]), BinaryPrimitives.ReadUInt32LittleEndian(status[24..]));
    }

    [LibraryImport("libc", EntryPoint = "openat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenAt(int folder, string path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "mkdirat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MakeAt(SafeFileHandle folder, string path, uint mode);

    [LibraryImport("libc", EntryPoint = "fchown", SetLastError = true)]
    private static partial int ChangeOwner(SafeFileHandle file, uint user, uint group);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatX(SafeFileHandle folder, string path, int flags, uint mask, Span<byte> status);

    [LibraryImport("libc", EntryPoint = "renameat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int RenameAt(SafeFileHandle fromFolder, string from, SafeFileHandle toFolder, string to);

    [LibraryImport("libc", EntryPoint = "unlinkat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int UnlinkAt(SafeFileHandle folder, string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Sync(SafeFileHandle folder);
}
