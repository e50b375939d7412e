using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.Trust;
using MeshMcp.HostBridge.Access;
using MeshMcp.HostBridge.Wire;
using MeshMcp.TestKit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace MeshMcp.UnitTests.Access;

/// <summary>Who is at the other end of a real connection, where this process's user is the relay, and where it is not.</summary>
public sealed class PreambleTests : IAsyncDisposable
{
    static readonly MeshIdentity Mcp = new(MeshRole.Server, "mcp", new('a', 64));
    static readonly string Preamble = Encoding.ASCII.GetString(RelayPreamble.Of(Mcp));

    ListeningSocket _node = null!;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync() => await (_node?.DisposeAsync() ?? ValueTask.CompletedTask);

    [Fact]
    public async Task The_relays_connection_is_the_one_of_the_certificate_that_it_vouches_for()
    {
        await StartAsync(isRelay: true);
        Assert.EndsWith($"\r\n\r\n{Environment.ProcessId} mesh://server/mcp", await AskAsync(Preamble));
    }

    [Fact]
    public async Task A_preamble_may_come_in_pieces()
    {
        await StartAsync(isRelay: true);
        Assert.EndsWith("mesh://server/mcp", await AskAsync(Preamble[..9], Preamble[9..]));
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n")]
    [InlineData("MESH/1 server mcp 00\n")]
    [InlineData("mesh/1 server mcp AAAA\n")]
    [InlineData("\0\u0001\u0002\n")]
    public async Task Without_a_valid_preamble_the_relay_is_cut_and_never_goes_on_as_its_own_user(string sent)
    {
        await StartAsync(isRelay: true);
        Assert.Equal("", await AskAsync(sent));
        Assert.Equal(($"uid {Owner()}", "connect", true), _node.Audit.Search(new()).Single() is var entry ? (entry.Caller, entry.Action, entry.Refused) : default);
    }

    [Theory]
    [InlineData(1, "refused by the relay: its certificate is missing")]
    [InlineData(2, "refused by the relay 2 times: its certificate is missing")]
    public async Task Whom_the_relay_turned_away_is_in_the_audit_and_gets_no_further(int count, string outcome)
    {
        await StartAsync(isRelay: true);
        Assert.Equal("", await AskAsync(Encoding.ASCII.GetString(RelayPreamble.Of(new RelayRefusal("203.0.113.9", "its certificate is missing", count)))));
        // What was only counted is written down at the end.
        _node.Audit.Dispose();
        var entry = Assert.Single(_node.Audit.Search(new()));
        Assert.Equal(($"uid {Owner()}", "203.0.113.9"), (entry.Caller, entry.Says));
        Assert.Contains(outcome, entry.Outcome);
    }

    [Fact]
    public async Task One_certificate_has_its_places_and_no_more_and_another_still_has_some()
    {
        await StartAsync(isRelay: true);
        var open = new List<Socket>();
        try
        {
            for (var i = 0; i < Limits.ConnectionsOfOne; i++) open.Add(await StandingAsync(Preamble));
            var answer = await AskAsync(Preamble);
            Assert.StartsWith("HTTP/1.1 503", answer);
            Assert.Contains("server/mcp has as many connections to this node as it may", answer);
            Assert.Contains(_node.Audit.Search(new()), e => e is { Caller: "server/mcp", Refused: true });
            Assert.EndsWith("mesh://server/api", await AskAsync(Encoding.ASCII.GetString(RelayPreamble.Of(Mcp with { Name = "api" }))));

            open[0].Dispose();
            await Eventually.True(async () => (await AskAsync(Preamble)).EndsWith("mesh://server/mcp", StringComparison.Ordinal), TimeSpan.FromSeconds(20), "a place that was given back is free", Ct);
        }
        finally
        {
            foreach (var socket in open) socket.Dispose();
        }
    }

    [Fact]
    public async Task All_certificates_together_have_the_relays_places_and_no_more()
    {
        await StartAsync(isRelay: true);
        var open = new List<Socket>();
        try
        {
            for (var i = 0; i < Limits.ConnectionsOfRelay; i++) open.Add(await StandingAsync(Encoding.ASCII.GetString(RelayPreamble.Of(Mcp with { Name = $"s{i}" }))));
            Assert.Contains("503", await AskAsync(Encoding.ASCII.GetString(RelayPreamble.Of(Mcp with { Name = "more" }))));
        }
        finally
        {
            foreach (var socket in open) socket.Dispose();
        }
    }

    [Fact]
    public async Task A_connection_that_is_open_ends_when_its_certificate_is_revoked_and_others_stay()
    {
        await StartAsync(isRelay: true);
        var authority = CertificateAuthority.Create("mesh", TimeSpan.FromDays(10), TimeProvider.System);
        using var revoked = await StandingAsync(Preamble);
        using var other = await StandingAsync(Encoding.ASCII.GetString(RelayPreamble.Of(Mcp with { Name = "api", Fingerprint = new('b', 64) })));

        _node.Revocations.Revoke(authority, Mcp.Fingerprint);

        Assert.Equal("", await ReadAsync(revoked));
        await other.SendAsync("GET / HTTP/1.0\r\nHost: node\r\n\r\n"u8.ToArray(), Ct);
        Assert.EndsWith("mesh://server/api", await ReadAsync(other));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_preamble_that_is_too_long_is_cut_with_and_without_its_end(bool ended)
    {
        await StartAsync(isRelay: true);
        Assert.Equal("", await AskAsync(Preamble.TrimEnd() + new string(' ', RelayPreamble.Longest) + (ended ? "\n" : "")));
    }

    [Fact]
    public async Task A_preamble_that_does_not_come_is_not_waited_for_long()
    {
        await StartAsync(isRelay: true);
        using var socket = _node.Connect();
        await socket.SendAsync(Encoding.ASCII.GetBytes(Preamble[..^1]), Ct);
        var since = Stopwatch.GetTimestamp();

        Assert.Equal("", await ReadAsync(socket));
        Assert.InRange(Stopwatch.GetElapsedTime(since), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(6));
    }

    [Fact]
    public async Task From_anybody_but_the_relay_a_preamble_is_no_request()
    {
        await StartAsync(isRelay: false);
        Assert.StartsWith("HTTP/1.1 400", await AskAsync(Preamble));
        Assert.EndsWith($"\r\n\r\n{Environment.ProcessId} ", await AskAsync(""));
    }

    async Task StartAsync(bool isRelay) => _node = await ListeningSocket.StartAsync(isRelay ? Owner() : Owner() + 1, (app, _) => app.Run(context =>
    {
        var peer = context.Features.Get<Peer>()!;
        Assert.Equal(Owner(), peer.Uid);
        return context.Response.WriteAsync($"{peer.Pid} {peer.Certificate}");
    }));

    static uint Owner() => uint.Parse(File.ReadLines("/proc/self/status").First(l => l.StartsWith("Uid:", StringComparison.Ordinal)).Split('\t')[2]);

    /// <summary>Everything that is answered to a preamble and a request.</summary>
    async Task<string> AskAsync(params string[] preamble)
    {
        using var socket = _node.Connect();
        try
        {
            foreach (var part in preamble) await socket.SendAsync(Encoding.Latin1.GetBytes(part), Ct);
            await socket.SendAsync("GET / HTTP/1.0\r\nHost: node\r\n\r\n"u8.ToArray(), Ct);
            return await ReadAsync(socket);
        }
        catch (SocketException)
        {
            // Cut while it was still sending.
            return "";
        }
    }

    /// <summary>A connection on which a request was answered, and which stays.</summary>
    async Task<Socket> StandingAsync(string preamble)
    {
        var socket = _node.Connect();
        await socket.SendAsync(Encoding.Latin1.GetBytes(preamble + "GET / HTTP/1.1\r\nHost: node\r\n\r\n"), Ct);
        Assert.True(await socket.ReceiveAsync(new byte[4096], Ct) > 0);
        return socket;
    }

    static async Task<string> ReadAsync(Socket socket)
    {
        var text = new StringBuilder();
        var buffer = new byte[4096];
        try
        {
            for (int read; (read = await socket.ReceiveAsync(buffer, Ct)) > 0;) text.Append(Encoding.UTF8.GetString(buffer, 0, read));
        }
        catch (SocketException)
        {
            // An end as good as any.
        }
        return text.ToString();
    }
}
