using System.Buffers;
using System.IO.Pipelines;

namespace MeshMcp.Server.Mcp;

/// <summary>
/// The body of an answer in a session. The package (ModelContextProtocol.AspNetCore 2.4.0) sends headers and an empty first event before the tool runs,
/// and then it would be too late for the tool to say "Connection: close". Here that first event waits for what follows it, but for a moment only:
/// without it a client whose connection is cut has nothing to resume from. What is written is sent when it is flushed, in one piece.
/// </summary>
/// <param name="overdue">Runs before the headers are sent without an answer.</param>
sealed class AnswerStream(PipeWriter body, TimeProvider time, Action overdue) : Stream
{
    static readonly TimeSpan Moment = TimeSpan.FromSeconds(1);

    readonly SemaphoreSlim _gate = new(1, 1);
    ReadOnlyMemory<byte> _held;
    ITimer? _late;
    bool _begun;

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            if (!_begun && _late is null && IsEmptyEvent(buffer.Span))
            {
                _held = buffer.ToArray();
                _late = time.CreateTimer(_ => _ = SendLateAsync(), null, Moment, Timeout.InfiniteTimeSpan);
                return;
            }
            Begin();
            body.Write(buffer.Span);
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
            if (_begun) await body.FlushAsync(cancellationToken);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>An id and no data.</summary>
    static bool IsEmptyEvent(ReadOnlySpan<byte> bytes) => bytes.IndexOf("jsonrpc"u8) < 0;

    async Task SendLateAsync()
    {
        await _gate.WaitAsync();
        try
        {
            if (_begun) return;
            overdue();
            Begin();
            await body.FlushAsync();
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or ObjectDisposedException or InvalidOperationException)
        {
            // The client has gone, or the answer was complete at this very moment.
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>What was held is written whatever it was: a piece of an answer may look like an empty event.</summary>
    void Begin()
    {
        if (_begun) return;
        _begun = true;
        _late?.Dispose();
        body.Write(_held.Span);
    }

    /// <summary>Nothing is written any more when this returns; the body under it stays open.</summary>
    public override async ValueTask DisposeAsync()
    {
        await _gate.WaitAsync();
        _begun = true;
        _late?.Dispose();
        _gate.Release();
        await base.DisposeAsync();
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
}
