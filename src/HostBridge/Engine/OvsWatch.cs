using MeshMcp.HostBridge.OpenVSwitch;

namespace MeshMcp.HostBridge.Engine;

/// <summary>
/// Notices what happens to Open vSwitch behind our back: ports by the database's own monitor, flows and the life of <c>ovs-vswitchd</c>
/// by one long-lived flow monitor, which ends with the daemon (the database does not notice that) and after whose return all flows are gone.
/// </summary>
public sealed partial class OvsWatch(OvsdbConnection database, Ofctl ofctl, NodeEngine engine, DriftSignal drift, TimeProvider time, ILogger<OvsWatch> log) : BackgroundService
{
    static readonly TimeSpan Retry = TimeSpan.FromMilliseconds(200);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(DatabaseAsync(stoppingToken), FlowsAsync(stoppingToken));

    async Task DatabaseAsync(CancellationToken ct)
    {
        try
        {
            for (OvsState? seen = null; ;)
            {
                seen = await database.NextAsync(seen, ct);
                drift.Raise();
            }
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }

    async Task FlowsAsync(CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            try
            {
                if (engine.Desired.Bridge?.Name is { } bridge && database.Connected && database.State.Bridge(bridge) is not null)
                    await foreach (var _ in ofctl.MonitorAsync(bridge, ct)) drift.Raise();
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                LogEnded(log, e.Message);
            }
            drift.Raise();
            try
            {
                await Task.Delay(Retry, time, ct);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "The flow monitor ended: {Reason}")]
    static partial void LogEnded(ILogger log, string reason);
}
