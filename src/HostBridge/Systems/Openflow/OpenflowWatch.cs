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
            await foreach (var _ in ofctl.MonitorAsync(bridge, ct)) Drift.Raise("openflow");
        }
        finally
        {
            engine.Forget("openflow");
        }
    }
}
