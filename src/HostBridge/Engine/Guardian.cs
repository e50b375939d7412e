using MeshMcp.Contracts.Changes;

namespace MeshMcp.HostBridge.Engine;

/// <summary>Undoes what was not confirmed in time or was cut off by a crash. It alone decides: no caller has to come back for it.</summary>
public sealed class Guardian(NodeEngine engine, DriftSignal drift, TimeProvider time) : BackgroundService
{
    /// <summary>Well below the two seconds that a node may be late.</summary>
    static readonly TimeSpan Every = TimeSpan.FromMilliseconds(250);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, time);
        do
        {
            var before = engine.Unfinished?.Generation;
            await engine.UndoOverdueAsync();
            if (before is not null && engine.Unfinished is null) drift.Raise();
        }
        while (await Next(timer, stoppingToken));
    }

    static async Task<bool> Next(PeriodicTimer timer, CancellationToken ct)
    {
        try
        {
            return await timer.WaitForNextTickAsync(ct);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
