namespace MeshMcp.Server.Mcp;

/// <summary>
/// The body of an answer, whose headers wait for its first byte. The package sends them ahead in a session,
/// but until then a tool may still ask that the answer say "Connection: close".
/// </summary>
sealed class AnswerStream(Stream body) : OneWayStream
{
    bool _begun;

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        _begun = true;
        return body.WriteAsync(buffer, cancellationToken);
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => _begun ? body.FlushAsync(cancellationToken) : Task.CompletedTask;
}
