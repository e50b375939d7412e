using MeshMcp.HostBridge.DBus;
using MeshMcp.HostBridge.Engine;
using MeshMcp.HostBridge.Store;

namespace MeshMcp.HostBridge.Systems.Systemd;

/// <summary>Notices when a unit that is looked after changes, when unit files do, and when systemd answers again.</summary>
public sealed class SystemdWatch(SystemBus bus, Ledger<UnitRecord> ledger, NodeEngine engine, DriftSignal drift, TimeProvider time) : BusWatch(bus, Retry, time)
{
    static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);

    protected override bool IsWanted => engine.Desired.Systemd is not null;

    protected override async Task FollowAsync(IDBusConnection connection, CancellationToken ct)
    {
        await using var units = await connection.SubscribeAsync(new(SystemdUnits.Name, Interface: "org.freedesktop.DBus.Properties", Member: "PropertiesChanged", PathBelow: $"{SystemdUnits.Path}/unit"), Changed, ct);
        await using var jobs = await connection.SubscribeAsync(new(SystemdUnits.Name, SystemdUnits.Path, SystemdUnits.Manager), Happened, ct);
        await SystemdUnits.SubscribeAsync(connection, ct);
        drift.Raise("systemd");
        await connection.Closed.WaitAsync(ct);
        drift.Raise("systemd");
    }

    void Changed(DBusSignal signal)
    {
        if (Watched().Any(u => signal.Path == PathOf(u))) drift.Raise("systemd");
    }

    void Happened(DBusSignal signal)
    {
        if (signal.Member is "UnitFilesChanged" or "Reloading" || (signal is { Member: "JobRemoved", Arguments: [_, _, string unit, _] } && Watched().Contains(unit))) drift.Raise("systemd");
    }

    IEnumerable<string> Watched() => ledger.Read().Values.Select(r => r.Unit);

    /// <summary>As systemd makes an object path of a name.</summary>
    static string PathOf(string unit) =>
        $"{SystemdUnits.Path}/unit/{string.Concat(unit.Select((c, i) => char.IsAsciiLetter(c) || (i > 0 && char.IsAsciiDigit(c)) ? $"{c}" : $"_{(int)c:x2}"))}";
}
