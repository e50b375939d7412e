using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Host;
using MeshMcp.HostBridge.OpenVSwitch;

namespace MeshMcp.HostBridge.Engine;

/// <summary>
/// Notices what happens behind our back: ports by the database's own monitor, devices, addresses, rules and routes by <c>ip monitor</c>, flows and the life of
/// <c>ovs-vswitchd</c> by one long-lived flow monitor, which ends with the daemon (the database does not notice that) and after whose return all flows are gone.
/// </summary>
public sealed partial class HostWatch(OvsdbConnection database, Ofctl ofctl, ICommandRunner commands, NodeEngine engine, DriftSignal drift, TimeProvider time, ILogger<HostWatch> log) : BackgroundService
{
    /// <summary>Systems whose matter are devices, addresses, routes and rules.</summary>
    static readonly string[] Devices = ["bridge", "wireguard", "netmaker", "adapters", "uplink"];
    static readonly TimeSpan Retry = TimeSpan.FromMilliseconds(200);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(
        DatabaseAsync(stoppingToken),
        FollowAsync(FlowsAsync, stoppingToken),
        FollowAsync(DevicesAsync, stoppingToken));

    async Task DatabaseAsync(CancellationToken ct)
    {
        try
        {
            for (OvsState? seen = null; ;)
            {
                seen = await database.NextAsync(seen, ct);
                drift.Raise("bridge");
            }
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }

    async Task FlowsAsync(CancellationToken ct)
    {
        var bridge = BridgeLayout.NameOf(engine.Desired);
        if (!database.Connected || database.State.Bridge(bridge) is null) return;
        try
        {
            await foreach (var happened in ofctl.MonitorAsync(bridge, ct))
                if (happened is not FlowEvent.Changed { Own: true }) drift.Raise("openflow");
        }
        finally
        {
            engine.Forget("openflow");
        }
    }

    /// <summary>A container's or tunnel's device comes and goes without the database noticing, and takes its routes with it.</summary>
    async Task DevicesAsync(CancellationToken ct)
    {
        await foreach (var line in commands.StreamAsync(Command.Of("ip", "-o", "monitor", "label", "link", "address", "rule", "route", "neigh"), ct))
            if (Concerns(line)) drift.Raise(Devices);
    }

    /// <summary>Of routes and neighbours only ours and the default one: a router's tables change all day.</summary>
    static bool Concerns(string line) =>
        line.StartsWith("[ROUTE]", StringComparison.Ordinal) ? line.Contains("proto 77", StringComparison.Ordinal) || line.Contains("default", StringComparison.Ordinal)
        : !line.StartsWith("[NEIGH]", StringComparison.Ordinal) || line.Contains(BridgeAdapter.Beyond, StringComparison.Ordinal);

    /// <summary>Watches again and again: what is watched may stop and come back.</summary>
    async Task FollowAsync(Func<CancellationToken, Task> watch, CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            try
            {
                var began = time.GetTimestamp();
                await watch(ct);
                if (time.GetElapsedTime(began) > Retry) drift.Raise();
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                LogEnded(log, e.Message);
                drift.Raise();
            }
            await Task.Delay(Retry, time, ct).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "A watch ended: {Reason}")]
    static partial void LogEnded(ILogger log, string reason);
}
