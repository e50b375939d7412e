using System.Net.Sockets;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.Trust;
using MeshMcp.HostBridge.Access;
using MeshMcp.HostBridge.Audit;
using MeshMcp.HostBridge.Store;
using MeshMcp.HostBridge.Wire;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace MeshMcp.UnitTests.Access;

/// <summary>The host bridge's own way to establish who is at the other end, before something that a test answers.</summary>
sealed class ListeningSocket : IAsyncDisposable
{
    readonly DirectoryInfo _folder;
    readonly WebApplication _app;

    ListeningSocket(DirectoryInfo folder, AuditLog audit, Revocations revocations, WebApplication app) => (_folder, Audit, Revocations, _app) = (folder, audit, revocations, app);

    public AuditLog Audit { get; }

    public Revocations Revocations { get; }

    string Path => PathIn(_folder);

    /// <summary>Every user may connect.</summary>
    public static async Task<ListeningSocket> StartAsync(uint relay, Action<WebApplication, AuditLog> answer)
    {
        var folder = Directory.CreateTempSubdirectory("meshmcp-listening-");
        var audit = new AuditLog(folder.CreateSubdirectory("state").FullName, "vps", TimeProvider.System);
        var revocations = new Revocations(System.IO.Path.Combine(folder.FullName, "revoked.json"));
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenUnixSocket(PathIn(folder), listen =>
            listen.Use(next => new PeerConnection(next, new() { RelayUid = relay }, audit, revocations, TimeProvider.System, NullLogger<PeerConnection>.Instance).OnConnectionAsync)));
        builder.Services.AddSingleton(new SecretStore(System.IO.Path.Combine(folder.FullName, "secrets")));
        var app = builder.Build();
        answer(app, audit);
        await app.StartAsync(TestContext.Current.CancellationToken);
        File.SetUnixFileMode(folder.FullName, (UnixFileMode)0b111_101_101);
        File.SetUnixFileMode(PathIn(folder), (UnixFileMode)0b110_110_110);
        return new(folder, audit, revocations, app);
    }

    public Socket Connect()
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint(Path));
        return socket;
    }

    public async Task<HttpResponseMessage> GetAsync(string path)
    {
        using var http = new HttpClient(NodeTransport.Create(new NodeEndpoint.Local(Path)));
        return await http.GetAsync(new Uri($"http://node{path}"), TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        Audit.Dispose();
        _folder.Delete(recursive: true);
    }

    static string PathIn(DirectoryInfo folder) => System.IO.Path.Combine(folder.FullName, "s");
}
