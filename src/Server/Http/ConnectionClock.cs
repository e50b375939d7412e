using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace MeshMcp.Server.Http;

/// <summary>When a TCP connection was accepted, and how to end it; a feature of each connection.</summary>
sealed class ConnectionClock(TimeProvider time, IConnectionLifetimeNotificationFeature? lifetime)
{
    readonly long _accepted = time.GetTimestamp();

    public TimeSpan Age => time.GetElapsedTime(_accepted);

    /// <summary>The answer being written now is the last on this connection, and says so when its headers are still to come.</summary>
    public void CloseAfterAnswer() => lifetime?.RequestClose();

    /// <summary>First of the connection's middleware, so that a TLS handshake counts into its age.</summary>
    public static void AddTo(ListenOptions options, TimeProvider time) => options.Use(next => connection =>
    {
        connection.Features.Set(new ConnectionClock(time, connection.Features.Get<IConnectionLifetimeNotificationFeature>()));
        return next(connection);
    });
}
