using System.Net;

namespace MeshMcp.IntegrationTests.Relay;

/// <summary>A request body that begins at once and ends when it is told to.</summary>
sealed class SlowBody(CancellationToken ct) : HttpContent
{
    readonly TaskCompletionSource _finish = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Finish() => _finish.TrySetResult();

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        await stream.WriteAsync("first"u8.ToArray(), ct);
        await stream.FlushAsync(ct);
        await _finish.Task.WaitAsync(ct);
        await stream.WriteAsync("last"u8.ToArray(), ct);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}
