using MeshMcp.Contracts.Changes;
using MeshMcp.HostBridge.Store;

namespace MeshMcp.HostBridge.Engine;

/// <summary>Undoes what was not confirmed in time or was cut off by a crash, and takes back what was made for a while. It alone decides: no caller has to come back for it.</summary>
public sealed partial class Guardian(NodeEngine engine, NodeStore store, TimeProvider time, ILogger<Guardian> log) : BackgroundService
{
    /// <summary>Well below the two seconds that a node may be late.</summary>
    static readonly TimeSpan Every = TimeSpan.FromMilliseconds(250);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        foreach (var file in store.Corrupt) LogCorrupt(log, file, store.Generations.Confirmed?.Number);
        using var timer = new PeriodicTimer(Every, time);
        do
        {
            await engine.UndoOverdueAsync();
            // Beside it: an undo must not wait for a daemon that hangs.
            _ = engine.ExpireAsync();
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

    [LoggerMessage(Level = LogLevel.Critical, Message = "{File} cannot be read and is set aside; the node goes on with generation {Generation}")]
    static partial void LogCorrupt(ILogger log, string file, int? generation);
}
