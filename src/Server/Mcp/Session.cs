using System.Collections.Concurrent;
using ModelContextProtocol.Protocol;

namespace MeshMcp.Server.Mcp;

/// <summary>What the door remembers of a session of the package: whose it is, how much it is used, its last streams, and where its listener is.</summary>
sealed class Session : IDisposable
{
    /// <summary>Answers that can still be taken up. Those before were heard: a client has few requests open at once.</summary>
    const int Kept = 8;

    readonly CancellationTokenSource _ended = new();
    readonly Queue<EventStream> _answers = [];
    readonly ConcurrentDictionary<RequestId, CancellationTokenSource> _asked = new();
    EventStream? _unasked;
    int _streams;

    public Session(string owner) => (Owner, Ended) = (owner, _ended.Token);

    /// <summary>The caller that opened it.</summary>
    public string Owner { get; }

    /// <summary>Null until initialize was answered.</summary>
    public string? Id { get; set; }

    /// <summary>Requests that use it now; guarded by the lock of <see cref="Sessions"/>, as is <see cref="LastUsed"/>.</summary>
    public int Uses { get; set; }

    public long LastUsed { get; set; }

    /// <summary>The GET that is open now.</summary>
    public CancellationTokenSource? Listener { get; set; }

    /// <summary>A GET was open before: the package opens a session's stream once, and afterwards only continues it.</summary>
    public bool HasListened { get; set; }

    /// <summary>The last event when the listening stream ended: a client that opens it again without an id goes on from there. Null where the stream cannot be continued.</summary>
    public string? Heard { get; private set; }

    /// <summary>The session is over: its streams end.</summary>
    public CancellationToken Ended { get; }

    public void Dispose()
    {
        _ended.Cancel();
        _ended.Dispose();
    }

    /// <summary>A request that waits for its answer.</summary>
    /// <param name="end">Ends the waiting.</param>
    public void Asks(RequestId request, CancellationTokenSource end) => _asked[request] = end;

    /// <summary>Its answer is over. Another request may have taken its id meanwhile, and waits on.</summary>
    public void Answered(RequestId request, CancellationTokenSource end) => _asked.TryRemove(KeyValuePair.Create(request, end));

    /// <summary>Nobody waits for that answer any more, neither now nor when its stream is taken up again.</summary>
    public void Cancel(RequestId request)
    {
        lock (_answers) _answers.LastOrDefault(a => a.Request == $"{request}")?.End();
        try
        {
            if (_asked.TryRemove(request, out var end)) end.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It was answered at this very moment.
        }
    }

    /// <summary>A new stream; the oldest answer is forgotten for it.</summary>
    /// <param name="request">The id of the request that it answers; null: it says what nobody asked.</param>
    public EventStream Open(string? request)
    {
        lock (_answers)
        {
            var stream = new EventStream(Id!, ++_streams, request);
            if (request is null) return _unasked = stream;
            if (_answers.Count == Kept) _answers.Dequeue();
            _answers.Enqueue(stream);
            return stream;
        }
    }

    public EventStream? Stream(int number)
    {
        lock (_answers) return _unasked?.Number == number ? _unasked : _answers.FirstOrDefault(a => a.Number == number);
    }

    public void Mark()
    {
        lock (_answers) Heard = _unasked?.LastEvent;
    }
}
