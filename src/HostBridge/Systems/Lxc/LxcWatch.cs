using MeshMcp.HostBridge.Engine;
using MeshMcp.HostBridge.Host.Lxc;

namespace MeshMcp.HostBridge.Systems.Lxc;

/// <summary>
/// Notices when a container's init or its monitor has ended (the init takes its device along, which others notice too; a monitor that is killed alone
/// leaves no other trace), and clears away what an agent that was ended left, and from the trash what has been there long enough.
/// </summary>
public sealed partial class LxcWatch(ContainerProcesses processes, ContainerFolders folders, ContainerTrash trash, NodeEngine engine, DriftSignal drift, TimeProvider time, ILogger<LxcWatch> log) : BackgroundService
{
    static readonly TimeSpan Every = TimeSpan.FromMilliseconds(500), Emptied = TimeSpan.FromHours(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, time);
        long? emptied = null;
        try
        {
            await TryAsync("What an agent before this one left half done", () => engine.OperateAsync(async () =>
            {
                await folders.TidyAsync(stoppingToken);
                return true;
            }));
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                if (!processes.AsBefore) drift.Raise("lxc");
                if (emptied is { } at && time.GetElapsedTime(at) < Emptied) continue;
                emptied = time.GetTimestamp();
                await TryAsync("The trash", () => trash.EmptyAsync(stoppingToken));
            }
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }

    async Task TryAsync(string what, Func<Task> clear)
    {
        try
        {
            await clear();
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            LogFailure(log, what, e.Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{What} could not be cleared away: {Error}")]
    static partial void LogFailure(ILogger log, string what, string error);
}
