using System.Diagnostics;
using System.Runtime.InteropServices;
using MeshMcp.Lab.Namespaces;
using MeshMcp.Lab.Supervision;

namespace MeshMcp.Lab.Commands;

/// <summary>Holds the lab up until SIGTERM, SIGINT, <c>down</c> or its owner's end.</summary>
static class ServeCommand
{
    public static async Task<int> RunAsync(MeshLab lab, int? port, int? owner)
    {
        Syscalls.LeaveSession();
        using var down = new CancellationTokenSource();
        using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Cancel);
        using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, Cancel);
        if (owner is { } pid) _ = FollowAsync(pid, down);
        await new Supervisor(lab.Site, port, TimeProvider.System).RunAsync(down.Token);
        return 0;

        void Cancel(PosixSignalContext context)
        {
            context.Cancel = true;
            down.Cancel();
        }
    }

    static async Task FollowAsync(int owner, CancellationTokenSource down)
    {
        try
        {
            using var process = Process.GetProcessById(owner);
            await process.WaitForExitAsync(down.Token);
        }
        catch (ArgumentException)
        {
            // It has ended already.
        }
        await down.CancelAsync();
    }
}
