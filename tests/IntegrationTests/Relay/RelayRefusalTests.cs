using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.Trust;
using MeshMcp.Server.Relay;
using MeshMcp.TestKit;
using Xunit;

namespace MeshMcp.IntegrationTests.Relay;

public sealed class RelayRefusalTests
{
    static readonly TimeSpan Hang = TimeSpan.FromSeconds(20);
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_host_bridge_that_hangs_holds_up_no_stop_however_much_it_is_to_be_told()
    {
        var folder = Directory.CreateTempSubdirectory("meshmcp-hangs-").FullName;
        List<Socket> waiting = [];
        try
        {
            var path = Path.Combine(folder, "s");
            using var hangs = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            hangs.Bind(new UnixDomainSocketEndPoint(path));
            hangs.Listen(0);
            // Nobody is taken in, and there is no room to wait for it.
            for (var full = false; !full;)
            {
                var one = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { Blocking = false };
                waiting.Add(one);
                try { one.Connect(new UnixDomainSocketEndPoint(path)); }
                catch (SocketException) { full = true; }
            }
            var refusals = new RelayRefusals(path, TimeProvider.System);
            for (var i = 0; i < 64; i++) refusals.Tell(System.Net.IPAddress.Parse($"192.0.2.{i}"), $"reason {i}");

            await refusals.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(10), Ct);
        }
        finally
        {
            foreach (var one in waiting) one.Dispose();
            Directory.Delete(folder, recursive: true);
        }
    }

    static async Task<MeshError> RefusalOf(HttpClient client)
    {
        var failure = await Assert.ThrowsAsync<HttpRequestException>(() => client.GetStringAsync("hello", Ct).WaitAsync(Hang, Ct));
        return Assert.IsType<MeshException>(failure.InnerException).Error;
    }

    [Fact]
    public async Task A_nodes_certificate_is_not_let_out_by_our_own_end()
    {
        await using var mesh = await TestMesh.StartAsync();
        using var client = mesh.Client(mesh.Issue(MeshRole.Node, "vps"));

        var refusal = await RefusalOf(client);

        Assert.Equal(ErrorKind.PermissionDenied, refusal.Kind);
        Assert.Contains("mesh://node/vps", refusal.Message, StringComparison.Ordinal);
        Assert.Empty(mesh.Host!.Preambles);
    }

    [Fact]
    public async Task A_nodes_certificate_is_refused_by_the_relay_which_says_so_in_its_log()
    {
        await using var mesh = await TestMesh.StartAsync();

        var answer = await AnswerTo(mesh, mesh.Issue(MeshRole.Node, "vps").Current().Certificate);

        Assert.StartsWith("HTTP/1.1 403 ", answer, StringComparison.Ordinal);
        Assert.Contains("permissionDenied", answer, StringComparison.Ordinal);
        Assert.Contains(mesh.Log.Lines, l => l.Contains("127.0.0.1", StringComparison.Ordinal) && l.Contains("the role here must be 'server'", StringComparison.Ordinal));
        await ToldAsync(mesh, "must be 'server'");
    }

    [Fact]
    public async Task A_peer_without_a_certificate_is_refused()
    {
        await using var mesh = await TestMesh.StartAsync();

        Assert.Equal("", await AnswerTo(mesh, null));

        Assert.Contains(mesh.Log.Lines, l => l.Contains("certificate is missing", StringComparison.Ordinal));
        await ToldAsync(mesh, "is missing");
    }

    [Fact]
    public async Task A_server_of_another_mesh_is_refused_by_the_relay()
    {
        await using var mesh = await TestMesh.StartAsync();

        Assert.Equal("", await AnswerTo(mesh, mesh.Foreign(MeshRole.Server, "mcp", believingOurs: true).Current().Certificate));

        Assert.Contains(mesh.Log.Lines, l => l.Contains("is not of this mesh's authority", StringComparison.Ordinal));
        await ToldAsync(mesh, "not of this mesh");
    }

    [Fact]
    public async Task A_relay_of_another_mesh_is_not_trusted()
    {
        await using var mesh = await TestMesh.StartAsync();
        using var client = mesh.Client(mesh.Foreign(MeshRole.Server, "mcp", believingOurs: false));

        var refusal = await RefusalOf(client);

        Assert.Equal(ErrorKind.PermissionDenied, refusal.Kind);
        Assert.Equal(TestMesh.Node, refusal.Target);
        Assert.Contains("not of this mesh's authority", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_relay_of_another_node_is_not_taken_for_the_one_that_was_meant()
    {
        await using var mesh = await TestMesh.StartAsync();
        using var client = mesh.Client(node: "vps");

        var refusal = await RefusalOf(client);

        Assert.Equal(ErrorKind.PermissionDenied, refusal.Kind);
        Assert.Contains("'vps' was expected", refusal.Message, StringComparison.Ordinal);
        // The handshake may have come to its end before our verdict, so the relay may know us; but nothing was asked of the wrong node.
        await mesh.Door.DisposeAsync();
        Assert.Equal(0, mesh.Host!.Requests);
    }

    [Fact]
    public async Task An_expired_certificate_is_refused_with_its_date_at_both_ends()
    {
        await using var mesh = await TestMesh.StartAsync();
        var expired = mesh.Expired();
        using var client = mesh.Client(expired);

        var refusal = await RefusalOf(client);
        Assert.Equal(ErrorKind.PermissionDenied, refusal.Kind);
        Assert.Contains("expired on 20", refusal.Message, StringComparison.Ordinal);

        Assert.Contains("it expired on 20", await AnswerTo(mesh, expired.Current().Certificate), StringComparison.Ordinal);
        Assert.Contains(mesh.Log.Lines, l => l.Contains("expired on 20", StringComparison.Ordinal));
        await ToldAsync(mesh, "expired on");
    }

    [Fact]
    public async Task A_relay_that_no_longer_believes_our_authority_is_unavailable_with_a_hint()
    {
        await using var mesh = await TestMesh.StartAsync();
        mesh.ReplaceTheRelaysAuthority();
        using var client = mesh.Client();

        var refusal = await RefusalOf(client);

        Assert.Equal(ErrorKind.Unavailable, refusal.Kind);
        Assert.Contains("ca.crt", refusal.Hint, StringComparison.Ordinal);
        await ToldAsync(mesh, "not of this mesh");
    }

    [Fact]
    public async Task A_handshake_that_does_not_come_to_an_end_is_cut()
    {
        await using var mesh = await TestMesh.StartAsync(RelayLimits.Default with { Handshake = TimeSpan.FromMilliseconds(300), Farewell = TimeSpan.FromMilliseconds(100) });
        using var slow = await ConnectAsync(mesh);
        await slow.SendAsync(new byte[] { 0x16, 0x03 }, Ct);

        Assert.Equal(0, await slow.ReceiveAsync(new byte[16], Ct).AsTask().WaitAsync(Hang, Ct));
        Assert.Contains(mesh.Log.Lines, l => l.Contains("not finished within 0.3 s", StringComparison.Ordinal));
        Assert.Empty(mesh.Host!.Preambles);
    }

    [Fact]
    public async Task A_peer_that_speaks_plain_http_gets_nothing_through()
    {
        await using var mesh = await TestMesh.StartAsync();
        using var plain = await ConnectAsync(mesh);
        await plain.SendAsync("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray(), Ct);

        await Eventually.True(() => mesh.Log.Lines.Any(l => l.Contains("no TLS handshake", StringComparison.Ordinal)), Hang, "the refusal is logged", Ct);
        Assert.Empty(mesh.Host!.Preambles);
    }

    [Fact]
    public async Task One_address_cannot_take_every_place()
    {
        await using var mesh = await TestMesh.StartAsync(RelayLimits.Default with { ConnectionsPerAddress = 2 });
        using var first = await ConnectAsync(mesh);
        using var second = await ConnectAsync(mesh);
        using (var third = await ConnectAsync(mesh))
            Assert.Equal(0, await third.ReceiveAsync(new byte[1], Ct).AsTask().WaitAsync(Hang, Ct));

        first.Dispose();

        using var client = mesh.Client();
        await Eventually.True(async () => await client.GetStringAsync("hello", Ct) == "hello", Hang, "the place is free again", Ct);
    }

    [Fact]
    public async Task A_connection_without_a_byte_is_closed_after_the_idle_limit()
    {
        await using var mesh = await TestMesh.StartAsync(RelayLimits.Default with { Idle = TimeSpan.FromMilliseconds(300) });
        await using var idle = await DialAsync(mesh, mesh.Server.Current().Certificate, Ct);

        Assert.Equal(0, await idle.ReadAsync(new byte[1], Ct).AsTask().WaitAsync(Hang, Ct));
    }

    internal static async Task<Socket> ConnectAsync(TestMesh mesh)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(mesh.Door.Addresses[0], Ct);
        return socket;
    }

    internal static async Task<SslStream> DialAsync(TestMesh mesh, X509Certificate2? certificate, CancellationToken ct)
    {
        var tls = new SslStream(new NetworkStream(await ConnectAsync(mesh), ownsSocket: true));
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = TestMesh.Node,
            ClientCertificateContext = certificate is null ? null : SslStreamCertificateContext.Create(certificate, null, offline: true),
            RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null,
        }, ct);
        return tls;
    }

    /// <summary>The host bridge, which has the audit, hears of the refusal, and of nothing else.</summary>
    static async Task ToldAsync(TestMesh mesh, string why)
    {
        await Eventually.True(() => !mesh.Host!.Preambles.IsEmpty, Hang, "the host bridge is told", Ct);
        Assert.Contains(why, RelayPreamble.ReadRefusal(System.Text.Encoding.ASCII.GetBytes(Assert.Single(mesh.Host!.Preambles)))?.Reason);
        Assert.Equal(0, mesh.Host.Requests);
    }

    /// <summary>All that a peer with this certificate is told after asking for something.</summary>
    static async Task<string> AnswerTo(TestMesh mesh, X509Certificate2? certificate)
    {
        await using var tls = await DialAsync(mesh, certificate, Ct);
        await tls.WriteAsync("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray(), Ct);
        using var reader = new StreamReader(tls);
        return await reader.ReadToEndAsync(Ct).WaitAsync(Hang, Ct);
    }
}
