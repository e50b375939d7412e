using System.Buffers;
using System.Collections.Concurrent;
using System.IO.Pipelines;
using System.Text.Json;
using System.Text.Json.Nodes;
using MeshMcp.Contracts.Errors;
using MeshMcp.HostBridge.Host;

namespace MeshMcp.HostBridge.OpenVSwitch;

/// <summary>One JSON-RPC connection to ovsdb-server, from connect to its end. Messages follow each other without framing; answers and notifications interleave.</summary>
sealed class OvsdbSession : IAsyncDisposable
{
    readonly Stream stream;
    readonly Action<JsonElement> onUpdate;
    readonly ConcurrentDictionary<long, Pending> pending = new();
    readonly SemaphoreSlim writing = new(1);
    readonly CancellationTokenSource stop = new();
    long lastId;

    OvsdbSession(Stream stream, Action<JsonElement> onUpdate)
    {
        (this.stream, this.onUpdate) = (stream, onUpdate);
        Ended = ReadAsync();
    }

    /// <summary>Completes when the connection is gone, never with an error.</summary>
    public Task Ended { get; }

    /// <param name="onUpdate">Table updates of the monitor, in order, called between the messages around them.</param>
    /// <exception cref="System.Net.Sockets.SocketException">Nobody listens.</exception>
    public static async Task<OvsdbSession> ConnectAsync(string socket, Action<JsonElement> onUpdate, CancellationToken ct) =>
        new(await UnixSocket.ConnectAsync(socket, ct), onUpdate);

    /// <param name="onAnswer">Called with the answer before any message after it is looked at.</param>
    /// <exception cref="MeshException">CommandFailed with ovsdb-server's words; Unavailable when the connection ends first.</exception>
    public async Task<JsonElement> CallAsync(string method, JsonArray parameters, Action<JsonElement>? onAnswer, CancellationToken ct)
    {
        var id = Interlocked.Increment(ref lastId);
        var call = new Pending(onAnswer);
        pending[id] = call;
        try
        {
            await SendAsync(new JsonObject { ["method"] = method, ["params"] = parameters, ["id"] = id }, ct);
            if (Ended.IsCompleted) throw Lost();
            return await call.Answer.Task.WaitAsync(ct);
        }
        catch (IOException)
        {
            throw Lost();
        }
        finally
        {
            pending.TryRemove(id, out _);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await stream.DisposeAsync();
        await Ended;
        writing.Dispose();
        stop.Dispose();
    }

    async Task SendAsync(JsonObject message, CancellationToken ct)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(message, OvsdbJson.Default.JsonObject);
        await writing.WaitAsync(ct);
        try
        {
            await stream.WriteAsync(bytes, ct);
        }
        finally
        {
            writing.Release();
        }
    }

    async Task ReadAsync()
    {
        var reader = PipeReader.Create(stream);
        try
        {
            while (true)
            {
                var read = await reader.ReadAsync(stop.Token);
                var buffer = read.Buffer;
                while (TryTakeMessage(ref buffer) is { } message)
                {
                    using (message) await DispatchAsync(message.RootElement);
                }
                if (read.IsCompleted) return;
                reader.AdvanceTo(buffer.Start, buffer.End);
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException or JsonException)
        {
            // The end of a connection; whoever waits is told below.
        }
        finally
        {
            await reader.CompleteAsync();
            foreach (var call in pending.Values) call.Answer.TrySetException(Lost());
        }
    }

    static JsonDocument? TryTakeMessage(ref ReadOnlySequence<byte> buffer)
    {
        var json = new Utf8JsonReader(buffer, isFinalBlock: false, state: default);
        if (!JsonDocument.TryParseValue(ref json, out var message)) return null;
        buffer = buffer.Slice(json.BytesConsumed);
        return message;
    }

    async Task DispatchAsync(JsonElement message)
    {
        if (message.TryGetProperty("method", out var method))
        {
            if (method.GetString() == "echo")
                await SendAsync(new JsonObject { ["result"] = JsonArray.Create(message.GetProperty("params").Clone()), ["error"] = null, ["id"] = JsonValue.Create(message.GetProperty("id").Clone()) }, stop.Token);
            else if (method.GetString() == "update")
                onUpdate(message.GetProperty("params")[1]);
            return;
        }
        if (!message.GetProperty("id").TryGetInt64(out var id) || !pending.TryRemove(id, out var call)) return;
        if (message.TryGetProperty("error", out var error) && error.ValueKind != JsonValueKind.Null)
        {
            call.Answer.TrySetException(new MeshException(ErrorKind.CommandFailed, $"ovsdb-server refused the request: {error.GetRawText()}", "openvswitch"));
            return;
        }
        var result = message.GetProperty("result").Clone();
        call.OnAnswer?.Invoke(result);
        call.Answer.TrySetResult(result);
    }

    static MeshException Lost() => new(ErrorKind.Unavailable, "The connection to ovsdb-server ended before it answered; the change may or may not have been made", "openvswitch", "Look at the state again before repeating it");

    sealed record Pending(Action<JsonElement>? OnAnswer)
    {
        public TaskCompletionSource<JsonElement> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
