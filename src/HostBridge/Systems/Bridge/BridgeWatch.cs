using MeshMcp.HostBridge.Engine;
using MeshMcp.HostBridge.OpenVSwitch;

namespace MeshMcp.HostBridge.Systems.Bridge;

/// <summary>Notices by the database's own monitor that bridges and ports change.</summary>
sealed class BridgeWatch(OvsdbConnection database, DriftSignal drift) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            for (OvsState? seen = null; ;)
            {
                seen = await database.NextAsync(seen, stoppingToken);
                drift.Raise("bridge");
            }
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }
}
