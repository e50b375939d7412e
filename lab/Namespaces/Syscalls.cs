using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace MeshMcp.Lab.Namespaces;

/// <summary>The few kernel calls that .NET does not offer. Each throws <see cref="Win32Exception"/> with the kernel's own words.</summary>
static partial class Syscalls
{
    public const int NewNet = 0x40000000, NewMount = 0x00020000, NewUts = 0x04000000, ShareFs = 0x00000200;
    public const ulong Bind = 4096, Move = 8192, Recursive = 16384, Private = 1 << 18, Shared = 1 << 20, NoSuid = 2, NoDev = 4;
    public const int SigKill = 9, SigTerm = 15;
    const int Detach = 2, CloseOnExec = 0x80000, SigPipe = 13;

    public static void Unshare(int flags) => Check(unshare(flags), "unshare");

    /// <summary>Moves the calling thread into the namespace that <paramref name="path"/> names.</summary>
    public static void Enter(string path, int kind)
    {
        using var handle = new SafeFileHandle(Check(open(path, CloseOnExec), $"open {path}"), ownsHandle: true);
        Check(setns(handle, kind), $"setns {path}");
    }

    public static void Mount(string source, string target, string? type, ulong flags, string? options = null) =>
        Check(mount(source, target, type, flags, options), $"mount {source} on {target}");

    /// <summary>Takes the mount and everything below it out of sight at once; false when nothing is mounted there.</summary>
    public static bool Unmount(string target) => umount2(target, Detach) == 0;

    public static void HostName(string name) => Check(sethostname(name, name.Length), "sethostname");

    /// <summary>Leaves the terminal, its signals and its session; without effect for a process that leads a group, as one started by hand.</summary>
    public static void LeaveSession() => setsid();

    public static int ThreadId() => gettid();

    /// <summary>False when the process is gone.</summary>
    public static bool Kill(int pid, int signal) => kill(pid, signal) == 0;

    public static void ChangeOwner(string path, uint uid) => Check(chown(path, uid, uid), $"chown {path}");

    /// <summary>Becomes the program; the terminal, its signals and its exit code are then the program's own.</summary>
    public static void Execute(string program, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string> environment)
    {
        signal(SigPipe, 0);
        execve(program, [program, .. arguments, null], [.. environment.Select(e => $"{e.Key}={e.Value}"), null]);
        throw new Win32Exception(Marshal.GetLastPInvokeError(), $"{program}: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    static int Check(int result, string what) =>
        result >= 0 ? result : throw new Win32Exception(Marshal.GetLastPInvokeError(), $"{what}: {Marshal.GetLastPInvokeErrorMessage()}");

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int setns(SafeFileHandle handle, int kind);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int unshare(int flags);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int mount(string source, string target, string? type, ulong flags, string? options);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int umount2(string target, int flags);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int sethostname(string name, nint length);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int chown(string path, uint uid, uint gid);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int execve(string path, string?[] arguments, string?[] environment);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int setsid();

    [LibraryImport("libc", SetLastError = true)]
    private static partial int kill(int pid, int signal);

    [LibraryImport("libc")]
    private static partial int gettid();

    [LibraryImport("libc")]
    private static partial nint signal(int number, nint action);
}
