namespace MeshMcp.Server.Mcp;

/// <summary>
/// Standard input that ends only when what came over it was answered, so that requests can be piped in.
/// The package stops at the end of its input, and drops what it has not answered by then.
/// </summary>
sealed class PatientInput(Stream input, TimeSpan patience) : Stream
{
    readonly TaskCompletionSource _answered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    int _open;
    bool _ended;

    /// <summary>One message has been dealt with, its answer sent.</summary>
    public void Done()
    {
        if (Interlocked.Decrement(ref _open) == 0 && Volatile.Read(ref _ended)) _answered.TrySetResult();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = await input.ReadAsync(buffer, cancellationToken);
        if (read > 0)
        {
            // A message is a line.
            Interlocked.Add(ref _open, buffer.Span[..read].Count((byte)'\n'));
            return read;
        }
        Volatile.Write(ref _ended, true);
        if (Volatile.Read(ref _open) > 0) await _answered.Task.WaitAsync(patience, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return 0;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length => throw new NotSupportedException();
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }
    public override void Flush() => throw new NotSupportedException();
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    public override void SetLength(long value) => throw new NotSupportedException();
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
