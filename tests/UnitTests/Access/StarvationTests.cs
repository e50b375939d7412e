using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.Trust;
using MeshMcp.HostBridge.Access;
using MeshMcp.HostBridge.Audit;
using MeshMcp.HostBridge.Store;
using MeshMcp.HostBridge.Wire;
using MeshMcp.TestKit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace MeshMcp.UnitTests.Access;

/// <summary>Whatever others do, root on the node is answered: real connections of real users.</summary>
public sealed class StarvationTests : IAsyncLifetime
{
    const uint Relay = 4711, First = 5000, Users = 6;
    const int Each = 300;

    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("meshmcp-starving-");
    readonly List<Socket> _open = [];
    AuditLog _audit = null!;
    WebApplication _app = null!;
    Caller _caller = new("server/mcp", Scope.Read, false, null, default) { Says = "a" };

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    string Path => System.IO.Path.Combine(_folder.FullName, "s");

    public async ValueTask InitializeAsync()
    {
        _audit = new(_folder.CreateSubdirectory("state").FullName, "vps", TimeProvider.System);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenUnixSocket(Path, listen =>
            listen.Use(next => new PeerConnection(next, new() { RelayUid = Relay }, _audit, new(System.IO.Path.Combine(_folder.FullName, "revoked.json")), TimeProvider.System, NullLogger<PeerConnection>.Instance).OnConnectionAsync)));
        builder.Services.AddSingleton(new SecretStore(System.IO.Path.Combine(_folder.FullName, "secrets")));
        _app = builder.Build();
        new NodeRoutes(_app, null!, _audit, _ => _caller).ReadLines("/v1/events", MeshJson.Default.String, c => EndlessAsync(c.RequestAborted));
        _app.MapGet("/whoami", context => context.Response.WriteAsync(context.Features.Get<Peer>()!.Unchecked.Proven));
        await _app.StartAsync(Ct);
        File.SetUnixFileMode(_folder.FullName, (UnixFileMode)0b111_101_101);
        File.SetUnixFileMode(Path, (UnixFileMode)0b110_110_110);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var socket in _open) socket.Dispose();
        await _app.DisposeAsync();
        _audit.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Root_comes_in_when_the_relay_and_all_other_users_have_all_that_they_can_get()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root can be other users.");
        for (var user = First; user < First + Users; user++) OpenAs(user, _ => "");
        OpenAs(Relay, i => Encoding.ASCII.GetString(RelayPreamble.Of(new MeshIdentity(MeshRole.Server, $"s{i}", new('a', 64)))));
        await Eventually.True(() => _audit.Search(new(Action: "connect")).Count() > (int)Users, TimeSpan.FromSeconds(30), "others are turned away, which is in the audit", Ct);

        using var http = Local();
        for (var i = 0; i < 20; i++) Assert.Equal("uid 0", await http.GetStringAsync("http://node/whoami", Ct));
        Assert.All(_audit.Search(new(Limit: 1000)), e => Assert.NotEqual("uid 0", e.Caller));
    }

    [Fact]
    public async Task One_caller_listens_eight_times_at_once_and_all_of_a_server_thirty_two_times_and_root_as_often_as_he_likes()
    {
        Assert.Equal(Limits.StreamsOfCaller, await ListenAsync(20));
        foreach (var name in new[] { "b", "c", "d", "e" })
        {
            _caller = _caller with { Says = name };
            await ListenAsync(20);
        }
        Assert.Equal(0, await ListenAsync(5));
        Assert.Contains(_audit.Search(new(Refused: true)), e => e.Outcome.Contains("listens to this node as often as it may", StringComparison.Ordinal));

        _caller = new(Caller.OfUser(0), Scope.Admin, true, null, default);
        Assert.Equal(50, await ListenAsync(50));
    }

    /// <summary>How many of so many streams are begun.</summary>
    async Task<int> ListenAsync(int count)
    {
        var begun = 0;
        for (var i = 0; i < count; i++)
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            _open.Add(socket);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(Path), Ct);
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
                    var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                    lock (_open) _open.Add(socket);
                    socket.Connect(new UnixDomainSocketEndPoint(Path));
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

    HttpClient Local() => new(new SocketsHttpHandler
    {
        ConnectCallback = async (_, ct) => await LocalConnection.OpenAsync(Path, ct),
    });

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
