using System.Net.ServerSentEvents;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace MeshMcp.Server.Mcp;

/// <summary>
/// The package's store of events, which lets a client go on with a stream that was cut. Beside that it notes how far each session's listening stream is:
/// a client that opens it again without Last-Event-ID would be turned away by the package (2.4.0) for the rest of the session.
/// </summary>
sealed class UnaskedEvents(ISseEventStreamStore store, Sessions sessions) : ISseEventStreamStore
{
    public async ValueTask<ISseEventStreamWriter> CreateStreamAsync(SseEventStreamOptions options, CancellationToken cancellationToken = default)
    {
        var writer = await store.CreateStreamAsync(options, cancellationToken);
        return options.StreamId == StreamableHttpServerTransport.UnsolicitedMessageStreamId && sessions.Find(options.SessionId) is { } session ? new Noting(writer, session) : writer;
    }

    public ValueTask<ISseEventStreamReader?> GetStreamReaderAsync(string lastEventId, CancellationToken cancellationToken = default) =>
        store.GetStreamReaderAsync(lastEventId, cancellationToken);

    sealed class Noting(ISseEventStreamWriter writer, Session session) : ISseEventStreamWriter
    {
        public async ValueTask<SseItem<JsonRpcMessage?>> WriteEventAsync(SseItem<JsonRpcMessage?> sseItem, CancellationToken cancellationToken = default)
        {
            var written = await writer.WriteEventAsync(sseItem, cancellationToken);
            session.LastEvent = written.EventId;
            return written;
        }

        public ValueTask SetModeAsync(SseEventStreamMode mode, CancellationToken cancellationToken = default) => writer.SetModeAsync(mode, cancellationToken);

        public ValueTask DisposeAsync() => writer.DisposeAsync();
    }
}
