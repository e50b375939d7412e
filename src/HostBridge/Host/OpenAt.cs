using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace MeshMcp.HostBridge.Host;

/// <summary>openat2(2): opens a path under rules about the links on its way.</summary>
static partial class OpenAt
{
    /// <summary>The working folder.</summary>
    public const int Here = -100;
    public const int PathOnly = 0x200000;
    /// <summary>Every step stays below the folder it starts from, as if that were the root.</summary>
    public const ulong InRoot = 0x10;
    /// <summary>Nothing that is mounted below the folder it starts from is entered.</summary>
    public const ulong NoCrossing = 0x01;
    public const ulong NoMagicLinks = 0x02, NoLinks = 0x04;

    const int CloseOnExec = 0x80000;
    const long OpenAt2 = 437;

    /// <summary>Invalid, with the thread's last error, when it cannot be opened.</summary>
    public static unsafe SafeFileHandle Open(int at, string path, int flags, ulong mode, ulong resolve)
    {
        var how = new How { Flags = (ulong)(flags | CloseOnExec), Mode = mode, Resolve = resolve };
        fixed (byte* name = Encoding.UTF8.GetBytes(path + '\0'))
            return new((nint)SystemCall(OpenAt2, at, name, &how, (nuint)sizeof(How)), ownsHandle: true);
    }

    struct How
    {
        public ulong Flags, Mode, Resolve;
    }

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static unsafe partial long SystemCall(long number, int at, byte* path, How* how, nuint size);
}
