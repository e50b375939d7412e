using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.Trust;
using MeshMcp.HostBridge.Access;
using MeshMcp.HostBridge.Wire;
using MeshMcp.TestKit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace MeshMcp.UnitTests.Access;

/// <summary>Whatever others do, root on the node is answered: real connections of real users.</summary>
public sealed class StarvationTests : IAsyncLifetime
{
    const uint Relay = 4711, First = 5000, Users = 6;
    const int Each = 300;

    readonly List<Socket> _open = [];
    ListeningSocket _node = null!;
    Caller _caller = new("server/mcp", Scope.Read, false, null, default) { Says = "a" };

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _node = await ListeningSocket.StartAsync(Relay, (app, audit) =>
    {
        new NodeRoutes(app, null!, audit, _ => _caller).ReadLines("/v1/events", MeshJson.Default.String, c => EndlessAsync(c.RequestAborted));
        app.MapGet("/whoami", context => context.Response.WriteAsync(context.Features.Get<Peer>()!.Unchecked.Proven));
    });

    public async ValueTask DisposeAsync()
    {
        foreach (var socket in _open) socket.Dispose();
        await _node.DisposeAsync();
    }

    [Fact]
    public async Task Root_comes_in_when_the_relay_and_all_other_users_have_all_that_they_can_get()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root can be other users.");
        for (var user = First; user < First + Users; user++) OpenAs(user, _ => "");
        OpenAs(Relay, i => Encoding.ASCII.GetString(RelayPreamble.Of(new MeshIdentity(MeshRole.Server, $"s{i}", new('a', 64)))));
        await Eventually.True(() => _node.Audit.Search(new(Action: "connect")).Count() > (int)Users, TimeSpan.FromSeconds(30), "others are turned away, which is in the audit", Ct);

        for (var i = 0; i < 20; i++)
        {
            using var answer = await _node.GetAsync("/whoami");
            Assert.Equal("uid 0", await answer.Content.ReadAsStringAsync(Ct));
        }
        Assert.All(_node.Audit.Search(new(Limit: 1000)), e => Assert.NotEqual("uid 0", e.Caller));
    }

    [Fact]
    public async Task One_caller_listens_eight_times_at_once_and_all_of_a_server_thirty_two_times_and_root_as_often_as_he_likes()
    {
        var begun = new List<int>();
        foreach (var name in new[] { "a", "b", "c", "d", "e" })
        {
            _caller = _caller with { Says = name };
            begun.Add(await ListenAsync(20));
        }
        Assert.Equal([8, 8, 8, 8, 0], begun);
        Assert.Contains(_node.Audit.Search(new(Refused: true)), e => e.Outcome.Contains("listens to this node as often as it may", StringComparison.Ordinal));

        _caller = new(Caller.OfUser(0), Scope.Admin, true, null, default);
        Assert.Equal(50, await ListenAsync(50));
    }

    /// <summary>How many of so many streams are begun.</summary>
    async Task<int> ListenAsync(int count)
    {
        var begun = 0;
        for (var i = 0; i < count; i++)
        {
            var socket = _node.Connect();
            _open.Add(socket);
            await socket.SendAsync("GET /v1/events HTTP/1.1\r\nHost: node\r\n\r\n"u8.ToArray(), Ct);
            var buffer = new byte[64];
            if (Encoding.ASCII.GetString(buffer, 0, await socket.ReceiveAsync(buffer, Ct)).StartsWith("HTTP/1.1 200", StringComparison.Ordinal)) begun++;
        }
        return begun;
    }

    /// <summary>Connections that say nothing after the preamble, or nothing at all. The kernel says to the other end who it was at the moment of connecting.</summary>
    void OpenAs(uint user, Func<int, string> says)
    {
        var thread = new Thread(() =>
        {
            Become(user);
            try
            {
                for (var i = 0; i < Each; i++)
                {
                    var socket = _node.Connect();
                    lock (_open) _open.Add(socket);
                    try
                    {
                        socket.Send(Encoding.ASCII.GetBytes(says(i)));
                    }
                    catch (SocketException)
                    {
                        // Turned away already.
                    }
                }
            }
            finally
            {
                Become(0);
            }
        });
        thread.Start();
        thread.Join();
    }

    static async IAsyncEnumerable<string> EndlessAsync([EnumeratorCancellation] CancellationToken ct)
    {
        yield return "begin";
        await Task.Delay(Timeout.Infinite, ct);
    }

    /// <summary>This thread alone, by the system call itself: the C library would do it to all.</summary>
    static void Become(uint user)
    {
        var number = RuntimeInformation.ProcessArchitecture == System.Runtime.InteropServices.Architecture.X64 ? 117 : 147; // setresuid
        if (Call(number, -1, user, -1) != 0) throw new InvalidOperationException($"Cannot become user {user}: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    [DllImport("libc", EntryPoint = "syscall", SetLastError = true)]
    static extern long Call(long number, long real, long effective, long saved);
}
