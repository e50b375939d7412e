using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using MeshMcp.Contracts.Nodes;
using MeshMcp.TestKit;
using Xunit;

namespace MeshMcp.IntegrationTests.Relay;

public sealed class RelayHostBridgeTests
{
    static readonly TimeSpan Hang = TimeSpan.FromSeconds(20);
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Without_a_host_bridge_the_peer_is_answered_503_with_what_to_do()
    {
        await using var mesh = await TestMesh.StartAsync(withHost: false);
        using var client = mesh.Client();

        using var answer = await client.PostAsync("echo", new ByteArrayContent(new byte[1024 * 1024]), Ct);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        var error = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(Ct)).RootElement;
        Assert.Equal("unavailable", error.GetProperty("kind").GetString());
        Assert.Contains(mesh.Socket, error.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Contains("meshmcp-hostbridge", error.GetProperty("hint").GetString(), StringComparison.Ordinal);
        Assert.Contains(mesh.Log.Lines, l => l.Contains("turned away", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_host_bridge_may_start_after_the_relay()
    {
        await using var mesh = await TestMesh.StartAsync(withHost: false);
        using var client = mesh.Client();
        using (var early = await client.GetAsync("hello", Ct)) Assert.Equal(HttpStatusCode.ServiceUnavailable, early.StatusCode);

        mesh.Host = await StandInHostBridge.StartAsync(mesh.Socket);

        Assert.Equal("hello", await client.GetStringAsync("hello", Ct));
    }

    [Fact]
    public async Task The_preamble_comes_before_any_byte_of_the_peer()
    {
        await using var mesh = await TestMesh.StartAsync(withHost: false);
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(mesh.Socket));
        listener.Listen();
        await using var peer = await RelayRefusalTests.DialAsync(mesh, mesh.Server.Current().Certificate, Ct);
        await peer.WriteAsync("MESH/1 server root 00\n"u8.ToArray(), Ct);

        using var host = await listener.AcceptAsync(Ct);
        var seen = new StringBuilder();
        var buffer = new byte[4096];
        while (seen.ToString().Count(c => c == '\n') < 2) seen.Append(Encoding.ASCII.GetString(buffer, 0, await host.ReceiveAsync(buffer, Ct).AsTask().WaitAsync(Hang, Ct)));

        var lines = seen.ToString().Split('\n');
        Assert.Equal("mcp", RelayPreamble.Read(Encoding.ASCII.GetBytes(lines[0]))?.Name);
        Assert.Equal("MESH/1 server root 00", lines[1]);
    }

    [Fact]
    public async Task The_end_of_one_direction_is_passed_on_and_the_other_goes_on()
    {
        await using var mesh = await TestMesh.StartAsync(withHost: false);
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(mesh.Socket));
        listener.Listen();
        await using var peer = await RelayRefusalTests.DialAsync(mesh, mesh.Server.Current().Certificate, Ct);
        using var host = await listener.AcceptAsync(Ct);
        await peer.WriteAsync("question"u8.ToArray(), Ct);
        await peer.ShutdownAsync();

        var question = new MemoryStream();
        await using var stream = new NetworkStream(host);
        await stream.CopyToAsync(question, Ct).WaitAsync(Hang, Ct);
        Assert.EndsWith("question", Encoding.ASCII.GetString(question.ToArray()), StringComparison.Ordinal);

        await host.SendAsync("answer"u8.ToArray(), Ct);
        host.Shutdown(SocketShutdown.Both);
        var answer = new MemoryStream();
        await peer.CopyToAsync(answer, Ct).WaitAsync(Hang, Ct);
        Assert.Equal("answer", Encoding.ASCII.GetString(answer.ToArray()));
    }

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
    }
}
