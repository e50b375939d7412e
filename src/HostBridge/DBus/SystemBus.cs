using MeshMcp.Contracts.Errors;
using MeshMcp.HostBridge.Host;

namespace MeshMcp.HostBridge.DBus;

/// <summary>The node's system bus: connects when somebody asks, and again after it ended.</summary>
/// <param name="address">In D-Bus' form; usually <see cref="DefaultAddress"/>.</param>
public sealed class SystemBus(string address, TimeProvider time) : IAsyncDisposable
{
    readonly SemaphoreSlim _gate = new(1, 1);
    DBusConnection? _live;

    /// <summary>What other programs take, too.</summary>
    public static string DefaultAddress => Environment.GetEnvironmentVariable("DBUS_SYSTEM_BUS_ADDRESS") is { Length: > 0 } set ? set : "unix:path=/run/dbus/system_bus_socket";

    /// <summary>A connection that lives, for one piece of work; not the caller's to dispose.</summary>
    /// <exception cref="DBusException">There is no bus, or it refuses us.</exception>
    public async Task<IDBusConnection> ConnectAsync(CancellationToken ct)
    {
        try
        {
            await _gate.WaitAsync(ct);
        }
        catch (OperationCanceledException)
        {
            throw new Unanswered($"the message bus at {address} has not let us in", ct);
        }
        try
        {
            if (_live is { Closed.IsCompleted: false } live) return live;
            if (_live is not null) await _live.DisposeAsync();
            _live = null;
            return _live = await DBusConnection.ConnectAsync(address, time, ct);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>A refusal or an absence as the error that callers of the node see.</summary>
    public static MeshException Told(DBusException e, string doing, string target) => e.IsAbsence
        ? new(ErrorKind.Unavailable, $"{doing} is not possible now: {e.Message}", target, "Is the message bus there, and who should answer? (systemctl status dbus)", e)
        : new(ErrorKind.CommandFailed, $"{doing} failed: {e.Message}", target, inner: e);

    public async ValueTask DisposeAsync()
    {
        if (_live is not null) await _live.DisposeAsync();
        _gate.Dispose();
    }
}
