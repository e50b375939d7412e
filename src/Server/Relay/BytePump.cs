using System.Buffers;

namespace MeshMcp.Server.Relay;

/// <summary>Carries bytes both ways between two streams: one buffer each way, so the slower end holds back the faster.</summary>
static class BytePump
{
    const int BufferSize = 64 * 1024;

    /// <summary>Ends when both directions have ended, either broke, or <paramref name="idle"/> ran out. The end of one direction is passed on, the other goes on.</summary>
    public static async Task RunAsync((Stream Stream, Func<Task> EndWriting) left, (Stream Stream, Func<Task> EndWriting) right, IdleClock idle)
    {
        await Task.WhenAll(CarryAsync(left.Stream, right, idle), CarryAsync(right.Stream, left, idle));
    }

    static async Task CarryAsync(Stream from, (Stream Stream, Func<Task> EndWriting) to, IdleClock idle)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            while (await from.ReadAsync(buffer, idle.Token) is > 0 and var read)
            {
                idle.Moved();
                await to.Stream.WriteAsync(buffer.AsMemory(0, read), idle.Token);
                idle.Moved();
            }
            await to.EndWriting();
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // A broken direction breaks the other: neither end may take half an exchange for a whole one.
            idle.End();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
