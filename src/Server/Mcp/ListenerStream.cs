namespace MeshMcp.Server.Mcp;

/// <summary>
/// What the server says unasked in a session, passed on to whichever GET is open now and dropped when none is.
/// The package takes one stream for a session's whole life, but a client whose GET was cut opens another.
/// </summary>
sealed class ListenerStream : Stream
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

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            if (_listener is { } listener) await listener.WriteAsync(buffer, cancellationToken);
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

    public override async Task FlushAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            if (_listener is { } listener) await listener.FlushAsync(cancellationToken);
        }
        catch (IOException)
        {
        }
        finally
        {
            _gate.Release();
        }
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override bool CanRead => false;
    public override bool CanSeek => false;
    public override bool CanWrite => true;
    public override long Length => throw new NotSupportedException();
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }
    public override void Flush() => throw new NotSupportedException();
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    public override void SetLength(long value) => throw new NotSupportedException();
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing) _gate.Dispose();
        base.Dispose(disposing);
    }
}
