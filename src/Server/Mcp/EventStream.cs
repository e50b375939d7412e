using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace MeshMcp.Server.Mcp;

/// <summary>The last events of one stream: the answer to one request, or what is said unasked.</summary>
sealed class EventStream(string session, int number, string? request = null) : ISseEventStreamWriter
{
    /// <summary>Progress of the longest change; what a client missed beyond it, it asks for.</summary>
    const int Kept = 256;

    readonly Lock _gate = new();
    readonly Queue<SseItem<JsonRpcMessage?>> _events = [];
    TaskCompletionSource _more = new(TaskCreationOptions.RunContinuationsAsynchronously);
    long _said;
    bool _over;

    public string Session => session;

    public int Number => number;

    /// <summary>The id of the request that it answers, as the package writes it; null where it answers none.</summary>
    public string? Request => request;

    /// <summary>The id of the last event.</summary>
    public string LastEvent
    {
        get { lock (_gate) return IdOf(_said); }
    }

    public ValueTask<SseItem<JsonRpcMessage?>> WriteEventAsync(SseItem<JsonRpcMessage?> sseItem, CancellationToken cancellationToken = default)
    {
        lock (_gate)
        {
            var written = sseItem with { EventId = IdOf(++_said) };
            _events.Enqueue(written);
            if (_events.Count > Kept) _events.Dequeue();
            Tell();
            return new(written);
        }
    }

    /// <summary>Streams stay open until their last event; nobody is asked to poll.</summary>
    public ValueTask SetModeAsync(SseEventStreamMode mode, CancellationToken cancellationToken = default) => default;

    /// <summary>Nothing comes any more.</summary>
    public void End()
    {
        lock (_gate)
        {
            _over = true;
            Tell();
        }
    }

    public ValueTask DisposeAsync()
    {
        End();
        return default;
    }

    /// <summary>What came after event <paramref name="last"/>, and what comes, until the stream is over.</summary>
    public async IAsyncEnumerable<SseItem<JsonRpcMessage?>> AfterAsync(long last, [EnumeratorCancellation] CancellationToken ct)
    {
        while (true)
        {
            List<SseItem<JsonRpcMessage?>> next;
            Task more;
            bool over;
            lock (_gate)
            {
                next = [.. _events.Skip((int)Math.Clamp(last - (_said - _events.Count), 0, _events.Count))];
                (last, more, over) = (Math.Max(last, _said), _more.Task, _over);
            }
            foreach (var item in next) yield return item;
            if (over) yield break;
            await more.WaitAsync(ct);
        }
    }

    void Tell()
    {
        var told = _more;
        _more = new(TaskCreationOptions.RunContinuationsAsynchronously);
        told.SetResult();
    }

    string IdOf(long said) => $"{session}:{number}:{said}";
}

/// <summary>A stream from some event on.</summary>
sealed class EventReader(EventStream stream, long last) : ISseEventStreamReader
{
    public string SessionId => stream.Session;

    public string StreamId => $"{stream.Number}";

    public IAsyncEnumerable<SseItem<JsonRpcMessage?>> ReadEventsAsync(CancellationToken cancellationToken = default) => stream.AfterAsync(last, cancellationToken);
}
