namespace MeshMcp.HostBridge.Host;

/// <summary>Tells the supervisor that the process still gets work done; a hung one is replaced.</summary>
public sealed class Watchdog(TimeProvider time) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (ServiceNotify.WatchdogEvery is not { } every) return;
        using var timer = new PeriodicTimer(every, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken)) ServiceNotify.Send("WATCHDOG=1");
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }
}
