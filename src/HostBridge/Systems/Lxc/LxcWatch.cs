using MeshMcp.HostBridge.Engine;
using MeshMcp.HostBridge.Host.Lxc;

namespace MeshMcp.HostBridge.Systems.Lxc;

/// <summary>
/// Notices when a container's init or its monitor has ended (the init takes its device along, which others notice too; a monitor that is killed alone
/// leaves no other trace), and empties the trash of what has been there long enough.
/// </summary>
public sealed partial class LxcWatch(ContainerProcesses processes, ContainerTrash trash, DriftSignal drift, TimeProvider time, ILogger<LxcWatch> log) : BackgroundService
{
    static readonly TimeSpan Every = TimeSpan.FromMilliseconds(500), Emptied = TimeSpan.FromHours(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, time);
        long? emptied = null;
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                if (!processes.AsBefore) drift.Raise("lxc");
                if (emptied is { } at && time.GetElapsedTime(at) < Emptied) continue;
                emptied = time.GetTimestamp();
                await EmptyAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }

    async Task EmptyAsync(CancellationToken ct)
    {
        try
        {
            await trash.EmptyAsync(ct);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            LogFailure(log, e.Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The trash could not be emptied: {Error}")]
    static partial void LogFailure(ILogger log, string error);
}
