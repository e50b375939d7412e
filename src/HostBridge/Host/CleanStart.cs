using System.Runtime.InteropServices;

namespace MeshMcp.HostBridge.Host;

/// <summary>
/// What a child inherits and nobody means to give it: signals that are ignored (systemd and the framework ignore SIGPIPE, nohup SIGHUP, a shell's "&amp;" SIGINT and SIGQUIT) or
/// blocked, a umask, descriptors. Here they are as a program expects them: default, none, 022, the three standard ones.
/// Two things stay as they were: signals of a terminal that were ignored (stop, input, output), and on kernels before 5.11 descriptors that a library left without close-on-exec.
/// </summary>
static partial class CleanStart
{
    const int LastSignal = 31, Kill = 9, Stop = 19, TerminalStop = 20, TerminalIn = 21, TerminalOut = 22;
    const int SetMask = 2, OwnFileSystemSettings = 0x200, CloseRange = 436, CloseOnExec = 4, FirstOther = 3;
    const uint Umask = 0b000_010_010;
    const nint Ignored = 1;

    /// <summary>Does nothing, and is there in every process. A signal that is caught is the default again in children; one that is ignored stays so.</summary>
    static readonly nint Nothing = NativeLibrary.GetExport(NativeLibrary.GetMainProgramHandle(), "abs");

    /// <summary>Gives the calling thread, which must be one of its own, a umask and a signal mask of its own: others keep theirs.</summary>
    public static void TakeThread()
    {
        // The framework sets up its signals at the first use of one, and would ignore SIGPIPE after it was seen to.
        PosixSignalRegistration.Create(PosixSignal.SIGCONT, _ => { }).Dispose();
        if (Unshare(OwnFileSystemSettings) == 0) _ = SetUmask(Umask);
        Span<ulong> none = stackalloc ulong[16];
        none.Clear();
        _ = SetSignalMask(SetMask, ref MemoryMarshal.GetReference(none), 0);
    }

    /// <summary>Before each start: libraries may have ignored or opened something since.</summary>
    public static void Prepare()
    {
        for (var signal = 1; signal <= LastSignal; signal++)
        {
            // Those of a terminal would be caught again and again.
            if (signal is Kill or Stop or TerminalStop or TerminalIn or TerminalOut) continue;
            if (Look(signal) == Ignored) _ = SetHandler(signal, Nothing);
        }
        _ = CloseRangeOf(CloseRange, FirstOther, uint.MaxValue, CloseOnExec);
    }

    static unsafe nint Look(int signal)
    {
        var now = stackalloc nint[32];
        return Action(signal, 0, (nint)now) == 0 ? now[0] : 0;
    }

    [LibraryImport("libc", EntryPoint = "signal")]
    private static partial nint SetHandler(int signal, nint handler);

    /// <summary>The handler is the first field of the struct on Linux.</summary>
    [LibraryImport("libc", EntryPoint = "sigaction")]
    private static partial int Action(int signal, nint set, nint before);

    [LibraryImport("libc", EntryPoint = "umask")]
    private static partial uint SetUmask(uint mask);

    [LibraryImport("libc", EntryPoint = "unshare")]
    private static partial int Unshare(int flags);

    [LibraryImport("libc", EntryPoint = "pthread_sigmask")]
    private static partial int SetSignalMask(int how, ref ulong set, nint before);

    /// <summary>By its number, which is the same on every machine: older C libraries do not have it.</summary>
    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial long CloseRangeOf(long number, uint first, uint last, uint flags);
}
