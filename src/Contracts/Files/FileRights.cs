using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace MeshMcp.Contracts.Files;

/// <summary>Whom a file belongs to and who may read and write it.</summary>
/// <param name="User">Null: this process's.</param>
/// <param name="Group">Null: this process's.</param>
public sealed partial record FileRights(UnixFileMode Mode, uint? User = null, uint? Group = null)
{
    const int WorkingDirectory = -100, BasicFields = 0x7ff;
    const int Size = 256, UserAt = 20, GroupAt = 24, ModeAt = 28;
    const ushort Permissions = 0xfff;

    /// <summary>Those of what a reader of <paramref name="path"/> reads; null when nothing is there.</summary>
    /// <exception cref="IOException">It may not be looked at.</exception>
    public static FileRights? Of(string path)
    {
        const int NoEntry = 2, NoFolder = 20;
        var found = new byte[Size];
        if (Look(WorkingDirectory, path, 0, BasicFields, found) == 0)
            return new((UnixFileMode)(BinaryPrimitives.ReadUInt16LittleEndian(found.AsSpan(ModeAt)) & Permissions), BinaryPrimitives.ReadUInt32LittleEndian(found.AsSpan(UserAt)), BinaryPrimitives.ReadUInt32LittleEndian(found.AsSpan(GroupAt)));
        return Marshal.GetLastPInvokeError() is NoEntry or NoFolder ? null : throw new IOException($"Cannot look at {path}: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    /// <summary>Gives them to an open file that is nobody else's yet.</summary>
    /// <exception cref="IOException">This process may not give files away.</exception>
    internal void GiveTo(SafeFileHandle file, string path)
    {
        const uint Same = uint.MaxValue;
        if ((User ?? Group) is not null && ChangeOwner(file, User ?? Same, Group ?? Same) < 0)
            throw new IOException($"Cannot give {path} to user {User} and group {Group}, whose it is to be: {Marshal.GetLastPInvokeErrorMessage()}");
        // After the owner: the kernel takes bits away with a change of that.
        File.SetUnixFileMode(file, Mode);
    }

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Look(int folder, string path, int flags, uint fields, [Out] byte[] found);

    [LibraryImport("libc", EntryPoint = "fchown", SetLastError = true)]
    private static partial int ChangeOwner(SafeFileHandle file, uint user, uint group);
}
