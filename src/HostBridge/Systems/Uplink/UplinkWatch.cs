using MeshMcp.Contracts.Errors;
using MeshMcp.HostBridge.Engine;
using MeshMcp.HostBridge.Network;

namespace MeshMcp.HostBridge.Systems.Uplink;

/// <summary>Notices when somebody else edits our table.</summary>
public sealed class UplinkWatch(Nft nft, UplinkRecords records, DriftSignal drift, TimeProvider time) : BackgroundService
{
    static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Retry, time);
        try
        {
            do
            {
                // A node without a table needs no nft.
                if (records.Read() is not null) await FollowAsync(stoppingToken);
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }

    async Task FollowAsync(CancellationToken ct)
    {
        try
        {
            await foreach (var _ in nft.MonitorAsync(ct)) drift.Raise("uplink");
        }
        catch (MeshException)
        {
            // Killed, or not installed: tried again.
        }
    }
}
