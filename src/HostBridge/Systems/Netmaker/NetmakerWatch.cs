using MeshMcp.Contracts.Errors;
using MeshMcp.HostBridge.Engine;

namespace MeshMcp.HostBridge.Systems.Netmaker;

/// <summary>Notices that what was waited for may be there: a server that answers again, netclient installed, a membership that came or went.</summary>
sealed partial class NetmakerWatch(NetmakerSystem system, NetmakerWork work, NodeEngine engine, DriftSignal drift, TimeProvider time, ILogger<NetmakerWatch> log) : BackgroundService
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
                if (now != seen || (system.Waits && turn % WhileWaiting == 0)) drift.Raise(system.Name);
                seen = now;
                if (turn % WhileWaiting == 0) await PurgeAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }

    /// <summary>A network that was left can be come back to until nobody can take the leaving back any more.</summary>
    async Task PurgeAsync(CancellationToken ct)
    {
        try
        {
            if (work.ToPurge(engine.Desired) is not { } network) return;
            await engine.BesideAsync(system.Name, $"leave Netmaker network {network} for good", async () =>
            {
                // A change may have come back to it meanwhile.
                if (work.ToPurge(engine.Desired) is { } still) await work.LeaveAsync(still, ct);
            });
        }
        catch (MeshException e)
        {
            LogKept(log, e.Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "A membership that was left is kept on the server for now: {Reason}")]
    static partial void LogKept(ILogger log, string reason);
}
