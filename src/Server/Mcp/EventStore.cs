using System.Globalization;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace MeshMcp.Server.Mcp;

/// <summary>
/// The events of each session's last streams, so that a client whose stream was cut goes on where it ended. Event ids are <c>SESSION:STREAM:NUMBER</c>.
/// The package's own store (2.4.0) serializes every message twice into a cache and polls it; a tool that does nothing was four times slower with it.
/// </summary>
sealed class EventStore(Sessions sessions) : ISseEventStreamStore
{
    public ValueTask<ISseEventStreamWriter> CreateStreamAsync(SseEventStreamOptions options, CancellationToken cancellationToken = default) =>
        new(sessions.Find(options.SessionId)?.Open(options.StreamId == StreamableHttpServerTransport.UnsolicitedMessageStreamId ? null : options.StreamId) ?? new EventStream(options.SessionId, 0));

    public ValueTask<ISseEventStreamReader?> GetStreamReaderAsync(string lastEventId, CancellationToken cancellationToken = default) => new(Find(lastEventId));

    EventReader? Find(string lastEventId) => lastEventId.Split(':') is [var session, var stream, var number]
        && int.TryParse(stream, NumberStyles.None, CultureInfo.InvariantCulture, out var streamNumber) && long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var last)
        && sessions.Find(session)?.Stream(streamNumber) is { } found ? new(found, last) : null;
}
