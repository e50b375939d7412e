namespace MeshMcp.HostBridge.DBus;

/// <summary>Follows a service of the system bus while the node wants it, and begins again whenever the bus or the service was away.</summary>
/// <param name="retry">How soon.</param>
public abstract class BusWatch(SystemBus bus, TimeSpan retry, TimeProvider time) : BackgroundService
{
    protected TimeProvider Time => time;

    /// <summary>A node without the section needs no bus.</summary>
    protected abstract bool IsWanted { get; }

    /// <summary>Returns when the connection has ended.</summary>
    protected abstract Task FollowAsync(IDBusConnection connection, CancellationToken ct);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(retry, Time);
        try
        {
            do
                if (IsWanted) await TryAsync(stoppingToken);
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }

    async Task TryAsync(CancellationToken ct)
    {
        try
        {
            await FollowAsync(await bus.ConnectAsync(ct), ct);
        }
        catch (DBusException)
        {
            // Not there, gone, or without what it needs: tried again.
        }
    }
}
