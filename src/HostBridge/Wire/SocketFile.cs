using System.ComponentModel;
using System.Runtime.InteropServices;
using MeshMcp.Contracts.Errors;
using MeshMcp.HostBridge.Host;

namespace MeshMcp.HostBridge.Wire;

/// <summary>The file of the listening socket: never open to more than it should be, not even between bind and chmod, and never taken from a running agent.</summary>
public static partial class SocketFile
{
    const UnixFileMode OwnerAndGroup = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite;
    const uint OwnerOnly = 0b000_111_111;

    /// <summary>Makes the folder and removes what a killed agent left.</summary>
    /// <exception cref="MeshException">Conflict: another agent answers there.</exception>
    public static void Prepare(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        if (!File.Exists(path)) return;
        if (!UnixSocket.Answers(path))
        {
            File.Delete(path);
            return;
        }
        throw new MeshException(ErrorKind.Conflict, $"Another host bridge already answers on {path}.", path, "Stop it first; a node has one.");
    }

    /// <summary>Runs what binds the socket so that nobody else can connect before <see cref="Open"/>.</summary>
    public static async Task BindAsync(Func<Task> bind)
    {
        var before = Umask(OwnerOnly);
        try
        {
            await bind();
        }
        finally
        {
            _ = Umask(before);
        }
    }

    /// <summary>Lets owner and group in.</summary>
    public static void Open(string path, uint? group)
    {
        if (group is { } gid && Chown(path, uint.MaxValue, gid) != 0)
            throw new MeshException(ErrorKind.Unavailable, $"Cannot give {path} to group {gid}: {new Win32Exception().Message}.", path, "Run the host bridge as root.");
        File.SetUnixFileMode(path, OwnerAndGroup);
    }

    [LibraryImport("libc", EntryPoint = "umask")]
    private static partial uint Umask(uint mask);

    [LibraryImport("libc", EntryPoint = "chown", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Chown(string path, uint owner, uint group);
}
