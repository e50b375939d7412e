namespace MeshMcp.Server.Mcp;

/// <summary>
/// What the server says unasked in a session, passed on to whichever GET is open now and dropped when none is.
/// The package takes one stream for a session's whole life, but a client whose GET was cut opens another.
/// </summary>
sealed class ListenerStream : OneWayStream
{
    readonly SemaphoreSlim _gate = new(1, 1);
    Stream? _listener;

    /// <summary>False when another GET is open.</summary>
    public bool TryAttach(Stream listener) => Interlocked.CompareExchange(ref _listener, listener, null) is null;

    /// <summary>Returns when nothing writes to the listener any more.</summary>
    public async Task DetachAsync()
    {
        await _gate.WaitAsync(CancellationToken.None);
        _listener = null;
        _gate.Release();
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        await PassAsync(listener => listener.WriteAsync(buffer, cancellationToken), cancellationToken);

    public override Task FlushAsync(CancellationToken cancellationToken) =>
        PassAsync(listener => new(listener.FlushAsync(cancellationToken)), cancellationToken);

    async Task PassAsync(Func<Stream, ValueTask> write, CancellationToken ct)
    {
        await _gate.WaitAsync(ct);
        try
        {
            if (_listener is { } listener) await write(listener);
        }
        catch (IOException)
        {
            // The listener has just gone; its GET is about to detach it.
        }
        finally
        {
            _gate.Release();
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) _gate.Dispose();
        base.Dispose(disposing);
    }
}
