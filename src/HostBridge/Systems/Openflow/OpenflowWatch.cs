using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Engine;
using MeshMcp.HostBridge.OpenVSwitch;

namespace MeshMcp.HostBridge.Systems.Openflow;

/// <summary>
/// Notices what happens to flows, and the life of <c>ovs-vswitchd</c>, by one long-lived flow monitor: it ends with the daemon (the database does not notice that),
/// and after the daemon's return all flows are gone.
/// </summary>
sealed class OpenflowWatch(OvsdbConnection database, Ofctl ofctl, NodeEngine engine, DriftSignal drift, TimeProvider time, ILogger<OpenflowWatch> log) : RepeatedWatch(drift, time, log)
{
    protected override async Task WatchAsync(CancellationToken ct)
    {
        var bridge = BridgeLayout.NameOf(engine.Desired);
        if (!database.Connected || database.State.Bridge(bridge) is null) return;
        try
        {
            await foreach (var happened in ofctl.MonitorAsync(bridge, ct))
                if (happened is not FlowEvent.Changed { Own: true }) Drift.Raise("openflow");
        }
        finally
        {
            engine.Forget("openflow");
        }
    }
}
