using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Host;

namespace MeshMcp.HostBridge.Engine;

/// <summary>Notices by <c>ip monitor</c> that devices, addresses, rules and routes change: a container's or tunnel's device comes and goes without any daemon noticing, and takes its routes with it.</summary>
public sealed class DeviceWatch(ICommandRunner commands, IEnumerable<FollowsDevices> concerned, DriftSignal drift, TimeProvider time, ILogger<DeviceWatch> log) : RepeatedWatch(drift, time, log)
{
    readonly string[] _systems = [.. concerned.Select(c => c.System)];

    protected override async Task WatchAsync(CancellationToken ct)
    {
        await foreach (var line in commands.StreamAsync(Command.Of("ip", "-o", "monitor", "label", "link", "address", "rule", "route", "neigh"), ct))
            if (Concerns(line)) Drift.Raise(_systems);
    }

    /// <summary>Of routes and neighbours only ours and the default one: a router's tables change all day.</summary>
    static bool Concerns(string line) =>
        line.StartsWith("[ROUTE]", StringComparison.Ordinal) ? line.Contains("proto 77", StringComparison.Ordinal) || line.Contains("default", StringComparison.Ordinal)
        : !line.StartsWith("[NEIGH]", StringComparison.Ordinal) || line.Contains(BridgeAdapter.Beyond, StringComparison.Ordinal);
}

/// <summary>A system whose matter are devices, addresses, routes or rules.</summary>
public sealed record FollowsDevices(string System);
