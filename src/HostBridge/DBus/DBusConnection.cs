using MeshMcp.HostBridge.Host;
using Tmds.DBus.Protocol;

namespace MeshMcp.HostBridge.DBus;

/// <summary>One connection to a bus, by Tmds.DBus.Protocol. Ends when the bus does, or sends what is no message.</summary>
public sealed class DBusConnection : IDBusConnection
{
    /// <summary>A call that was given up stays with the package (0.95.2) until it is answered; with so many a connection is given up too.</summary>
    const int MostGivenUp = 64;

    static readonly TimeSpan ConnectWithin = TimeSpan.FromSeconds(5), MatchWithin = TimeSpan.FromSeconds(5);

    readonly Tmds.DBus.Protocol.DBusConnection _bus;
    readonly TimeProvider _time;
    int _givenUp;

    DBusConnection(Tmds.DBus.Protocol.DBusConnection bus, TimeProvider time) => (_bus, _time, Closed) = (bus, time, bus.DisconnectedAsync());

    public string UniqueName => _bus.UniqueName ?? "";

    public Task Closed { get; }

    /// <param name="address">In D-Bus' form, <c>unix:path=/run/dbus/system_bus_socket</c>.</param>
    /// <exception cref="DBusException">Nobody listens there, or we are refused.</exception>
    public static async Task<DBusConnection> ConnectAsync(string address, TimeProvider time, CancellationToken ct)
    {
        var bus = new Tmds.DBus.Protocol.DBusConnection(address);
        try
        {
            await bus.ConnectAsync().AsTask().WaitAsync(ConnectWithin, time, ct);
            return new(bus, time);
        }
        catch (Exception e)
        {
            bus.Dispose();
            throw e switch
            {
                OperationCanceledException => new Unanswered($"the message bus at {address} has not let us in", ct),
                TimeoutException => new DBusException(DBusException.NoReply, $"the message bus at {address} did not answer within {ConnectWithin.TotalSeconds} s", e),
                _ => new DBusException(DBusException.Disconnected, $"no message bus answers at {address}: {e.Message}", e),
            };
        }
    }

    public async Task<IReadOnlyList<object>> CallAsync(DBusCall call, CancellationToken ct)
    {
        if (!DBusNames.IsPath(call.Path) || !DBusNames.IsBusName(call.Destination) || !DBusNames.IsInterface(call.Interface) || !DBusNames.IsMember(call.Member))
            throw new ArgumentException($"{call} at '{call.Path}' has a name that the bus does not take", nameof(call));
        var message = MessageBody.Of(call, _bus.GetMessageWriter());
        var answer = AskAsync(message);
        try
        {
            return await answer.WaitAsync(call.Timeout, _time, ct);
        }
        catch (TimeoutException e)
        {
            GiveUp(answer);
            throw new DBusException(DBusException.NoReply, $"{call} did not answer within {call.Timeout.TotalSeconds:0.#} s", e);
        }
        catch (OperationCanceledException)
        {
            GiveUp(answer);
            throw new Unanswered($"{call} has not been answered on the message bus", ct);
        }
    }

    public async Task<IAsyncDisposable> SubscribeAsync(DBusMatch match, Action<DBusSignal> handler, CancellationToken ct)
    {
        var adding = MappedAsync(async () => await _bus.AddMatchAsync(match.Rule(), MessageBody.Signal,
            (Notification<DBusSignal> heard) => { if (heard.HasValue) handler(heard.Value); }, emitOnCapturedContext: false, ObserverFlags.None));
        try
        {
            return new Subscription(await adding.WaitAsync(MatchWithin, _time, ct));
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            _ = adding.ContinueWith(t => t.Result.Dispose(), CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
            GiveUp(adding);
            if (e is OperationCanceledException) throw new Unanswered("the message bus has not answered", ct);
            throw new DBusException(DBusException.NoReply, $"the message bus did not answer within {MatchWithin.TotalSeconds} s", e);
        }
    }

    public ValueTask DisposeAsync()
    {
        _bus.Dispose();
        return default;
    }

    Task<IReadOnlyList<object>> AskAsync(MessageBuffer message) =>
        MappedAsync(async () => await _bus.CallMethodAsync(message, static (Message answer, object? _) => MessageBody.Read(answer)));

    /// <summary>Whatever the package throws at what a bus sends, a lying length included, is the end of the connection.</summary>
    static async Task<T> MappedAsync<T>(Func<Task<T>> ask)
    {
        try
        {
            return await ask();
        }
        catch (DBusErrorReplyException e)
        {
            throw new DBusException(e.ErrorName, e.ErrorMessage.Length > 0 ? e.ErrorMessage : e.ErrorName, e);
        }
        catch (Exception e)
        {
            throw new DBusException(DBusException.Disconnected, $"the connection to the bus ended: {e.Message}", e);
        }
    }

    void GiveUp(Task call)
    {
        if (Interlocked.Increment(ref _givenUp) >= MostGivenUp) _bus.Dispose();
        _ = call.ContinueWith(late =>
        {
            _ = late.Exception;
            Interlocked.Decrement(ref _givenUp);
        }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    }

    sealed class Subscription(IDisposable match) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            match.Dispose();
            return default;
        }
    }
}
