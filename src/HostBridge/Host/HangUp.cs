using System.Runtime.InteropServices;

namespace MeshMcp.HostBridge.Host;

/// <summary>A hang-up does not end the agent, and it does end programs in containers, which are restarted by it: also where whoever started the agent had it ignored (nohup), which all children inherit.</summary>
static partial class HangUp
{
    public const int Signal = 1;
    const nint Default = 0;

    /// <summary>Until disposed.</summary>
    public static IDisposable Survive()
    {
        // The framework leaves a signal that is ignored as it is; one that it handles is the default again in children.
        _ = SetHandler(Signal, Default);
        return PosixSignalRegistration.Create(PosixSignal.SIGHUP, context => context.Cancel = true);
    }

    [LibraryImport("libc", EntryPoint = "signal")]
    private static partial nint SetHandler(int signal, nint handler);
}
