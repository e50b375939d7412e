using MeshMcp.HostBridge.DBus;
using MeshMcp.HostBridge.Engine;

namespace MeshMcp.HostBridge.Systems.Packagekit;

/// <summary>Notices when sources or what they offer change, and has the sources' lists read anew now and then while a package waits for one or is to be the latest.</summary>
public sealed class PackagekitWatch(SystemBus bus, PackageTransactions transactions, PackageMemory memory, NodeEngine engine, PackagekitSystem system, DriftSignal drift, TimeProvider time) : BusWatch(bus, Retry, time)
{
    static readonly TimeSpan Retry = TimeSpan.FromSeconds(2), RefreshEvery = TimeSpan.FromHours(1);

    protected override bool IsWanted => engine.Desired.Packagekit is not null;

    protected override async Task FollowAsync(IDBusConnection connection, CancellationToken ct)
    {
        await using var changes = await connection.SubscribeAsync(new(PackageTransactions.Name, PackageTransactions.Path, PackageTransactions.Name), s =>
        {
            if (s.Member is "UpdatesChanged" or "RepoListChanged") Raise();
        }, ct);
        Raise();
        while (!connection.Closed.IsCompleted)
        {
            if (await WantsNewsAsync(ct)) await transactions.RefreshAsync(ct);
            await Task.WhenAny(connection.Closed, Task.Delay(RefreshEvery, Time, ct));
            ct.ThrowIfCancellationRequested();
        }
    }

    async Task<bool> WantsNewsAsync(CancellationToken ct)
    {
        var section = engine.Desired.Packagekit;
        var observed = await system.ObserveAsync(engine.Desired, ct);
        return !observed.Here.IsNixos && section?.Packages.Any(p => p.Value.Ensure == Contracts.State.Ensure.Latest
            || (observed.Packages.GetValueOrDefault(p.Key) is { } package && PackagekitFindings.Waits(p.Value.Ensure, package))) == true;
    }

    void Raise()
    {
        memory.Forget();
        drift.Raise("packagekit");
    }
}
