using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using MeshMcp.Contracts.Errors;
using MeshMcp.HostBridge.Host;

namespace MeshMcp.HostBridge.OpenVSwitch;

/// <summary>The node's Open vSwitch database: a state that follows it, and transactions. Connects again by itself after ovsdb-server restarts.</summary>
public sealed partial class OvsdbConnection : IAsyncDisposable
{
    static readonly TimeSpan Retry = TimeSpan.FromMilliseconds(100);
    static readonly TimeSpan Answer = TimeSpan.FromSeconds(5);

    readonly OvsPaths paths;
    readonly TimeProvider time;
    readonly ILogger log;
    readonly CancellationTokenSource stop = new();
    readonly TaskCompletionSource attempted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly Task running;
    readonly Lock gate = new();
    int defects;
    OvsdbSession? session;
    OvsState? state;
    TaskCompletionSource changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    OvsdbConnection(OvsPaths paths, TimeProvider time, ILogger log)
    {
        (this.paths, this.time, this.log) = (paths, time, log);
        running = Task.Run(KeepConnectedAsync);
    }

    public bool Connected => Volatile.Read(ref state) is not null;

    /// <exception cref="MeshException">Unavailable while not connected.</exception>
    public OvsState State => Volatile.Read(ref state) ?? throw NotConnected();

    /// <summary>Returns after the first attempt, whether it succeeded or not.</summary>
    public static async Task<OvsdbConnection> OpenAsync(OvsPaths paths, TimeProvider time, ILogger log, CancellationToken ct)
    {
        var connection = new OvsdbConnection(paths, time, log);
        await connection.attempted.Task.WaitAsync(ct);
        return connection;
    }

    /// <summary>The state as ovsdb-server has it now, rather than as it was last heard of: one that hangs says nothing, and its connection stands.</summary>
    /// <exception cref="MeshException">Unavailable while not connected, or when the connection ends.</exception>
    /// <exception cref="OperationCanceledException">It did not answer in time.</exception>
    public async Task<OvsState> AskAsync(CancellationToken ct)
    {
        var current = Volatile.Read(ref session) is { Ended.IsCompleted: false } live ? live : throw NotConnected();
        try
        {
            await current.CallAsync("echo", [], null, ct);
        }
        catch (OperationCanceledException)
        {
            throw new Unanswered($"ovsdb-server at {paths.DbSocket} has not answered", ct);
        }
        return State;
    }

    /// <summary>Waits until the state is another than <paramref name="seen"/>; null stands for "not connected", in both directions.</summary>
    public async Task<OvsState?> NextAsync(OvsState? seen, CancellationToken ct)
    {
        while (true)
        {
            Task next;
            lock (gate)
            {
                if (!ReferenceEquals(state, seen)) return state;
                next = changed.Task;
            }
            await next.WaitAsync(ct);
        }
    }

    /// <summary>Waits for a state that fulfils <paramref name="condition"/>; null when it does not come within <paramref name="within"/>.</summary>
    public async Task<OvsState?> UntilAsync(Func<OvsState, bool> condition, TimeSpan within, CancellationToken ct)
    {
        using var deadline = new CancellationTokenSource(within, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, deadline.Token);
        try
        {
            var now = Volatile.Read(ref state);
            while (now is null || !condition(now)) now = await NextAsync(now, either.Token);
            return now;
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return null;
        }
    }

    /// <summary>Waits until ovs-vswitchd has put a change into effect.</summary>
    /// <param name="nextCfg">What the change left in <c>next_cfg</c>.</param>
    /// <exception cref="MeshException">Unavailable when it did not within <paramref name="within"/>.</exception>
    public async Task<OvsState> WaitConfiguredAsync(long nextCfg, TimeSpan within, CancellationToken ct) =>
        await UntilAsync(s => s.CurCfg >= nextCfg, within, ct)
        ?? throw new MeshException(ErrorKind.Unavailable, $"ovs-vswitchd did not put the change into effect within {within.TotalSeconds:0.#} s", "openvswitch",
            "Is ovs-vswitchd running? (systemctl status openvswitch-switch)");

    /// <summary>All operations or none. Updates that follow from them are in <see cref="State"/> when this returns.</summary>
    /// <returns>One result for each operation.</returns>
    /// <exception cref="MeshException">Conflict when the database's rules forbid it, CommandFailed otherwise, both in OVSDB's words; Unavailable or Timeout.</exception>
    public async Task<IReadOnlyList<JsonElement>> TransactAsync(IReadOnlyList<JsonObject> operations, CancellationToken ct)
    {
        var current = Volatile.Read(ref session) is { Ended.IsCompleted: false } live ? live : throw NotConnected();
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(ct);
        deadline.CancelAfter(Answer);
        try
        {
            var results = (await current.CallAsync("transact", new JsonArray(["Open_vSwitch", .. operations]), null, deadline.Token)).EnumerateArray().ToList();
            foreach (var result in results.Where(r => r.ValueKind == JsonValueKind.Object))
            {
                if (result.TryGetProperty("error", out var error)) throw Refused(error.GetString()!, result);
            }
            return results;
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            throw new MeshException(ErrorKind.Timeout, $"ovsdb-server did not answer within {Answer.TotalSeconds} s", "openvswitch");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await running;
        stop.Dispose();
    }

    async Task KeepConnectedAsync()
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await FollowAsync();
            }
            catch (Exception e) when (e is SocketException or IOException or MeshException or OperationCanceledException)
            {
                // Not there, or gone: State says so; the next attempt follows.
            }
            catch (Exception e)
            {
                // A defect: the loop goes on, and is heard.
                LogDefect(log, ++defects, e);
            }
            Volatile.Write(ref session, null);
            Publish(null);
            attempted.TrySetResult();
            await Task.Delay(Retry, time, stop.Token).ContinueWith(_ => { }, TaskScheduler.Default);
        }
    }

    async Task FollowAsync()
    {
        var replica = new OvsdbReplica();
        void Apply(JsonElement updates)
        {
            replica.Apply(updates);
            Publish(replica.Build());
        }
        await using var connected = await OvsdbSession.ConnectAsync(paths.DbSocket, Apply, stop.Token);
        Volatile.Write(ref session, connected);
        await connected.CallAsync("monitor", OvsdbReplica.MonitorRequest(), Apply, stop.Token);
        attempted.TrySetResult();
        await connected.Ended.WaitAsync(stop.Token);
    }

    void Publish(OvsState? now)
    {
        lock (gate)
        {
            if (now is null && state is null) return;
            state = now;
            var done = changed;
            changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
            done.SetResult();
        }
    }

    MeshException NotConnected() => new(ErrorKind.Unavailable, $"Open vSwitch does not answer: no ovsdb-server at {paths.DbSocket}", "openvswitch",
        "Is openvswitch-switch running? (systemctl status openvswitch-switch)");

    static MeshException Refused(string error, JsonElement result) => new(
        error is "constraint violation" or "timed out" or "referential integrity violation" ? ErrorKind.Conflict : ErrorKind.CommandFailed,
        $"Open vSwitch refused: {error}{(result.TryGetProperty("details", out var details) ? $": {details.GetString()}" : "")}", "openvswitch");

    [LoggerMessage(Level = LogLevel.Error, Message = "Following Open vSwitch's database failed by a defect, {Count} times so far")]
    static partial void LogDefect(ILogger log, int count, Exception e);
}
