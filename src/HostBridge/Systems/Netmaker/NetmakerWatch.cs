using MeshMcp.HostBridge.Engine;

namespace MeshMcp.HostBridge.Systems.Netmaker;

/// <summary>Notices that what was waited for may be there: a server that answers again, netclient installed, a membership that came or went.</summary>
sealed class NetmakerWatch(NetmakerSystem system, DriftSignal drift, TimeProvider time) : BackgroundService
{
    static readonly TimeSpan Every = TimeSpan.FromSeconds(2);
    const int WhileWaiting = 3;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, time);
        var seen = NetclientFiles.Changed();
        try
        {
            for (var turn = 0; await timer.WaitForNextTickAsync(stoppingToken); turn++)
            {
                var now = NetclientFiles.Changed();
                if (now != seen || (system.Waits && turn % WhileWaiting == 0)) drift.Raise();
                seen = now;
            }
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }
}
