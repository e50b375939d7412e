using System.Net;
using System.Net.Sockets;
using MeshMcp.Cli.Commands;
using MeshMcp.Contracts.Joining;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.Trust;
using MeshMcp.Server.Enrollment;
using MeshMcp.Server.Http;
using MeshMcp.Server.Nodes;
using MeshMcp.Server.Roles;
using MeshMcp.TestKit;
using Microsoft.AspNetCore.Builder;
using ModelContextProtocol.Client;

namespace MeshMcp.IntegrationTests.Joining;

/// <summary>A real agent that holds the authority, and the product's server, with TLS and tokens, that hands it requests to join.</summary>
sealed class JoiningMesh : IAsyncDisposable
{
    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("meshmcp-joining-");
    WebApplication? _server;

    JoiningMesh()
    {
        Authority = new(PathTo("pki"), TimeProvider.System);
        Authority.Create("mesh");
        Authority.Issue(MeshRole.Server, "mcp", ["127.0.0.1"]);
        Tokens = new(PathTo("tokens.json"), TimeProvider.System);
    }

    public AuthorityFolder Authority { get; }

    public TokenFile Tokens { get; }

    public PrivateNode Node { get; private set; } = null!;

    public string Url => $"{_server!.Urls.Single()}/enroll";

    public static async Task<JoiningMesh> StartAsync(Func<HttpSettings, HttpSettings>? change = null)
    {
        var mesh = new JoiningMesh();
        try
        {
            mesh.Node = await PrivateNode.StartAsync(new Dictionary<string, object> { ["authority"] = new { certificate = mesh.Authority.Authority.Certificate, key = mesh.Authority.Authority.Key } });
            var settings = new HttpSettings(new(IPAddress.Loopback, 0), mesh.Authority.FilesOf(MeshRole.Server, "mcp"), mesh.Tokens);
            var door = new EnrollDoor("testnode", new NodeEndpoint.Local(mesh.Node.Socket), mesh.Authority.Authority.Certificate);
            var sources = new NodeSources(new Dictionary<string, NodeEndpoint> { ["testnode"] = door.Endpoint }, Enroll: door, Joined: (name, address) => new NodeEndpoint.Relay(name, address, mesh.Server));
            mesh._server = HttpHost.Build(change?.Invoke(settings) ?? settings, MeshSurface.Of(sources), door);
            await mesh._server.StartAsync();
            return mesh;
        }
        catch
        {
            await mesh.DisposeAsync();
            throw;
        }
    }

    public MeshCertificates Server => new(Authority.Authority.Certificate, Authority.FilesOf(MeshRole.Server, "mcp"));

    public string PathTo(string file) => Path.Combine(_folder.FullName, file);

    public async Task<string> InviteAsync(string name) => (await Node.Client.InviteAsync(new(name, Url: Url), default)).Text;

    /// <summary>As a person types it; with the agent's socket where the command has one.</summary>
    public async Task<(int Code, string Output, string Error)> MeshctlAsync(params string[] args)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        string[] socket = args is ["node", "join", ..] ? [] : ["--socket", Node.Socket];
        return (await Meshctl.RunAsync([.. args, .. socket], output, error), output.ToString(), error.ToString());
    }

    public Task<(int Code, string Output, string Error)> JoinAsync(string invitation, string address, params string[] more) =>
        MeshctlAsync(["node", "join", invitation, "--address", address, "--folder", PathTo("etc"), "--state", PathTo("state"), "--relay-uid", "0", .. more]);

    /// <summary>Over HTTPS, believing the mesh's authority.</summary>
    public HttpClient Http()
    {
        var trust = TrustStore.FromPem(File.ReadAllText(Authority.Authority.Certificate));
        return new(new SocketsHttpHandler { SslOptions = new() { CertificateChainPolicy = trust.Chain() } }) { BaseAddress = new(Url) };
    }

    public async Task<McpClient> ConnectAsync() => await McpClient.CreateAsync(new HttpClientTransport(new()
    {
        Endpoint = new(new Uri(Url), "/mcp"),
        AdditionalHeaders = new Dictionary<string, string> { ["Authorization"] = $"Bearer {Tokens.Create($"t{Guid.NewGuid():N}", [Scope.Read])}" },
    }, Http()));

    /// <summary>A port of loopback that nobody uses now.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
        if (Node is not null) await Node.DisposeAsync();
        _folder.Delete(recursive: true);
    }
}
