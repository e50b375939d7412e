namespace MeshMcp.HostBridge.DBus;

/// <summary>A connection to a message bus. Arrays and structures are <c>object[]</c>, dictionaries <c>Dictionary&lt;object, object&gt;</c>, object paths texts, variants the value in them.</summary>
public interface IDBusConnection : IAsyncDisposable
{
    /// <summary>Our name on the bus, <c>:1.42</c>.</summary>
    string UniqueName { get; }

    /// <summary>Completes when the connection has ended; it does not come back.</summary>
    Task Closed { get; }

    /// <summary>Calls a method and returns the values of its answer.</summary>
    /// <exception cref="DBusException">The answer is an error, there is none in time, or the connection ended.</exception>
    /// <exception cref="ArgumentException">A name, path or value is not one that the bus takes; nothing was sent.</exception>
    Task<IReadOnlyList<object>> CallAsync(DBusCall call, CancellationToken ct);

    /// <summary>Calls <paramref name="handler"/> for each signal that fits, in order and one at a time, until disposed. It must return at once.</summary>
    /// <exception cref="DBusException">The bus refused, or the connection ended.</exception>
    Task<IAsyncDisposable> SubscribeAsync(DBusMatch match, Action<DBusSignal> handler, CancellationToken ct);
}
