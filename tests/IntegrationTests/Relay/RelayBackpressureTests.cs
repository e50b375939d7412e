using System.Net.Sockets;
using MeshMcp.TestKit;
using MeshMcp.UnitTests;
using Xunit;

namespace MeshMcp.IntegrationTests.Relay;

/// <summary>What the relay keeps for a host bridge that does not read. It is looked at in what the whole process allocates, so nothing runs beside it.</summary>
[Collection(nameof(Alone))]
public sealed class RelayBackpressureTests
{
    static readonly TimeSpan Hang = TimeSpan.FromSeconds(20);
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_host_bridge_that_does_not_read_holds_back_the_peer()
    {
        await using var mesh = await TestMesh.StartAsync(withHost: false);
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(mesh.Socket));
        listener.Listen();
        await using var peer = await RelayRefusalTests.DialAsync(mesh, mesh.Server.Current().Certificate, Ct);
        using var host = await listener.AcceptAsync(Ct);
        const int Size = 64 * 1024 * 1024;
        var before = GC.GetTotalAllocatedBytes();

        var sent = 0;
        var sending = Task.Run(async () =>
        {
            var chunk = new byte[64 * 1024];
            while (Volatile.Read(ref sent) < Size)
            {
                await peer.WriteAsync(chunk, Ct);
                Interlocked.Add(ref sent, chunk.Length);
            }
        }, Ct);
        var last = -1;
        await Eventually.True(async () =>
        {
            await Task.Delay(100, Ct);
            var now = Volatile.Read(ref sent);
            var standing = now == last;
            last = now;
            return standing;
        }, Hang, "the peer is held back", Ct);
        Assert.InRange(last, 1, Size / 2);

        await using var stream = new NetworkStream(host);
        var buffer = new byte[1024 * 1024];
        for (long read = 0; read < Size;) read += await stream.ReadAsync(buffer, Ct).AsTask().WaitAsync(Hang, Ct);
        await sending.WaitAsync(Hang, Ct);
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, Size / 2);
    }
}
