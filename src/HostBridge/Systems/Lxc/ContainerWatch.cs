using MeshMcp.HostBridge.Engine;
using MeshMcp.HostBridge.Host.Lxc;

namespace MeshMcp.HostBridge.Systems.Lxc;

/// <summary>Notices when a container's init or its monitor has ended. The init takes its device along, which others notice too; a killed monitor leaves no other trace.</summary>
public sealed class ContainerWatch(ContainerProcesses processes, DriftSignal drift, TimeProvider time) : BackgroundService
{
    static readonly TimeSpan Every = TimeSpan.FromMilliseconds(500);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
                if (!processes.AsBefore) drift.Raise();
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }
}
