using System.Collections.Concurrent;

namespace MeshMcp.HostBridge.DBus;

/// <summary>One connection to a bus, written out: no library is needed on the node. Ends when the bus does, or sends what is no message.</summary>
public sealed class DBusConnection : IDBusConnection
{
    static readonly TimeSpan ConnectWithin = TimeSpan.FromSeconds(5);

    readonly BusSocket _socket;
    readonly TimeProvider _time;
    readonly CancellationTokenSource _end = new();
    readonly ConcurrentDictionary<uint, TaskCompletionSource<IReadOnlyList<object>>> _pending = [];
    readonly SignalTable _signals = new();
    readonly SemaphoreSlim _following = new(1, 1);
    readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    Task _reading = Task.CompletedTask;
    DBusException? _ended;
    uint _serial;

    DBusConnection(BusSocket socket, TimeProvider time) => (_socket, _time) = (socket, time);

    public string UniqueName { get; private set; } = "";

    public Task Closed => _closed.Task;

    /// <param name="address">In D-Bus' form, <c>unix:path=/run/dbus/system_bus_socket</c>.</param>
    /// <exception cref="DBusException">Nobody listens there, or we are refused.</exception>
    public static async Task<DBusConnection> ConnectAsync(string address, TimeProvider time, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(ConnectWithin);
        try
        {
            var connection = new DBusConnection(await BusSocket.ConnectAsync(address, limit.Token), time);
            connection._reading = Task.Run(connection.ReadAsync, CancellationToken.None);
            try
            {
                connection.UniqueName = (string)(await connection.CallAsync(Bus.Call("Hello"), limit.Token))[0];
                return connection;
            }
            catch
            {
                await connection.DisposeAsync();
                throw;
            }
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            throw new DBusException(DBusException.NoReply, $"the message bus at {address} did not answer within {ConnectWithin.TotalSeconds} s");
        }
    }

    public async Task<IReadOnlyList<object>> CallAsync(DBusCall call, CancellationToken ct)
    {
        if (!DBusNames.IsPath(call.Path) || !DBusNames.IsBusName(call.Destination) || !DBusNames.IsInterface(call.Interface) || !DBusNames.IsMember(call.Member))
            throw new ArgumentException($"{call} at '{call.Path}' has a name that the bus does not take", nameof(call));
        var serial = NextSerial();
        var message = new DBusMessage(MessageKind.Call, serial) { Destination = call.Destination, Path = call.Path, Interface = call.Interface, Member = call.Member, Values = call.Arguments };
        var bytes = message.Write(call.Signature);
        var answer = new TaskCompletionSource<IReadOnlyList<object>>(TaskCreationOptions.RunContinuationsAsynchronously);
        _pending[serial] = answer;
        try
        {
            if (Volatile.Read(ref _ended) is { } ended) throw ended;
            await SendAsync(bytes, ct);
            return await answer.Task.WaitAsync(call.Timeout, _time, ct);
        }
        catch (TimeoutException e)
        {
            throw new DBusException(DBusException.NoReply, $"{call} did not answer within {call.Timeout.TotalSeconds:0.#} s", e);
        }
        finally
        {
            _pending.TryRemove(serial, out _);
        }
    }

    public async Task<IAsyncDisposable> SubscribeAsync(DBusMatch match, Action<DBusSignal> handler, CancellationToken ct)
    {
        var rule = match.ToRule();
        if (match.Sender is { } name && SignalTable.HasOwners(name)) await FollowAsync(name, ct);
        var entry = _signals.Add(match, handler);
        try
        {
            await CallAsync(Bus.Call("AddMatch", "s", rule), ct);
        }
        catch
        {
            _signals.Remove(entry);
            throw;
        }
        return new Subscription(this, entry, rule);
    }

    public async ValueTask DisposeAsync()
    {
        End(new DBusException(DBusException.Disconnected, "the connection to the bus was closed"));
        await _reading;
        await _socket.DisposeAsync();
    }

    /// <summary>Signals carry unique names, so whose name it is must be known from now on: first the signal of a change, then the question.</summary>
    async Task FollowAsync(string name, CancellationToken ct)
    {
        await _following.WaitAsync(ct);
        try
        {
            if (!_signals.Follow(name)) return;
            await CallAsync(Bus.Call("AddMatch", "s", $"type='signal',sender='{Bus.Name}',member='NameOwnerChanged',arg0='{name}'"), ct);
            _signals.Know(name, await OwnerAsync(name, ct));
        }
        finally
        {
            _following.Release();
        }
    }

    async Task<string?> OwnerAsync(string name, CancellationToken ct)
    {
        try
        {
            return (string)(await CallAsync(Bus.Call("GetNameOwner", "s", name), ct))[0];
        }
        catch (DBusException e) when (e.Name == DBusException.NameHasNoOwner)
        {
            return null;
        }
    }

    async Task SendAsync(byte[] message, CancellationToken ct)
    {
        try
        {
            await _socket.WriteAsync(message, ct);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            throw Volatile.Read(ref _ended) ?? new DBusException(DBusException.Disconnected, $"the bus closed the connection: {e.Message}", e);
        }
    }

    async Task ReadAsync()
    {
        try
        {
            while (true) await TakeAsync(await _socket.ReadAsync(_end.Token));
        }
        catch (Exception e)
        {
            End(new DBusException(DBusException.Disconnected, $"the connection to the bus ended: {e.Message}", e));
        }
    }

    async Task TakeAsync(DBusMessage message)
    {
        switch (message.Kind)
        {
            case MessageKind.Return when _pending.TryGetValue(message.ReplyTo, out var answer):
                answer.TrySetResult(message.Values);
                break;
            case MessageKind.Error when _pending.TryGetValue(message.ReplyTo, out var answer):
                answer.TrySetException(new DBusException(message.ErrorName ?? "", message.Values is [string words, ..] ? words : message.ErrorName ?? "an error without a name"));
                break;
            case MessageKind.Signal:
                _signals.Deliver(message);
                break;
            case MessageKind.Call when !message.WantsNoReply && message.Sender is { } caller:
                var refusal = new DBusMessage(MessageKind.Error, NextSerial())
                {
                    Destination = caller, ErrorName = DBusException.UnknownMethod, ReplyTo = message.Serial, Values = [$"There is no method {message.Interface}.{message.Member} here."],
                };
                await _socket.WriteAsync(refusal.Write("s"), _end.Token);
                break;
        }
    }

    void End(DBusException why)
    {
        if (Interlocked.CompareExchange(ref _ended, why, null) is not null) return;
        _end.Cancel();
        foreach (var answer in _pending.Values) answer.TrySetException(why);
        _closed.TrySetResult();
    }

    uint NextSerial()
    {
        // Zero is none.
        uint serial;
        while ((serial = Interlocked.Increment(ref _serial)) == 0) ;
        return serial;
    }

    sealed class Subscription(DBusConnection connection, SignalTable.Entry entry, string rule) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            if (!connection._signals.Remove(entry)) return;
            try
            {
                await connection.CallAsync(Bus.Call("RemoveMatch", "s", rule), CancellationToken.None);
            }
            catch (DBusException)
            {
                // With the connection the rule has ended too.
            }
        }
    }
}
