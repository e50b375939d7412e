using System.Net;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.Trust;
using MeshMcp.Server.Relay;
using Microsoft.Extensions.Logging;

namespace MeshMcp.IntegrationTests.Relay;

/// <summary>A mesh of one node in a temporary folder: its authority, a stand-in host bridge, and the product's relay between them and the test.</summary>
sealed class TestMesh : IAsyncDisposable
{
    public const string Node = "oo1424oo";

    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("meshmcp-relay-");
    readonly AuthorityFolder _authority;
    readonly ILoggerFactory _logs;

    TestMesh()
    {
        _authority = new AuthorityFolder(PathTo("pki"), TimeProvider.System);
        _authority.Create("mesh");
        _authority.Issue(MeshRole.Node, Node, ["127.0.0.1"]);
        _authority.Issue(MeshRole.Server, "mcp", []);
        File.Copy(_authority.Authority.Certificate, PathTo("relay-ca.crt"));
        _logs = LoggerFactory.Create(l => l.AddProvider(Log).SetMinimumLevel(LogLevel.Debug));
    }

    public RememberedLog Log { get; } = new();

    public RelayDoor Door { get; private set; } = null!;

    public StandInHostBridge? Host { get; set; }

    public string Socket => PathTo("hostbridge.sock");

    public string Address => Door.Addresses[0].ToString();

    public RelayConfiguration Configuration => new([new IPEndPoint(IPAddress.Loopback, 0)], PathTo("relay-ca.crt"), _authority.FilesOf(MeshRole.Node, Node), Socket);

    public static async Task<TestMesh> StartAsync(RelayLimits? limits = null, bool withHost = true)
    {
        var mesh = new TestMesh();
        if (withHost) mesh.Host = await StandInHostBridge.StartAsync(mesh.Socket);
        mesh.Door = RelayDoor.Open(mesh.Configuration, limits ?? RelayLimits.Default, TimeProvider.System, mesh._logs.CreateLogger("relay"));
        return mesh;
    }

    public string PathTo(string file) => Path.Combine(_folder.FullName, file);

    /// <summary>The certificate that the mesh's own server uses.</summary>
    public MeshCertificates Server => CertificatesOf(_authority, MeshRole.Server, "mcp");

    public void Renew(MeshRole role, string name) => _authority.Issue(role, name, [], force: true);

    public MeshCertificates Issue(MeshRole role, string name)
    {
        _authority.Issue(role, name, []);
        return CertificatesOf(_authority, role, name);
    }

    /// <summary>A server's certificate of this mesh that ended two minutes ago.</summary>
    public MeshCertificates Expired()
    {
        var (ca, key) = (File.ReadAllText(_authority.Authority.Certificate), File.ReadAllText(_authority.Authority.Key));
        using var authority = CertificateAuthority.FromPem(ca, key, TimeProvider.System);
        var issued = authority.Issue(MeshRole.Server, "late", [], TimeSpan.FromMinutes(-2));
        var files = new CertificateFiles(PathTo("late.crt"), PathTo("late.key"));
        File.WriteAllText(files.Certificate, issued.CertificatePem);
        File.WriteAllText(files.Key, issued.KeyPem);
        return new(_authority.Authority.Certificate, files);
    }

    /// <summary>A certificate of another mesh; its holder believes <em>this</em> mesh's authority when <paramref name="believingOurs"/>.</summary>
    public MeshCertificates Foreign(MeshRole role, string name, bool believingOurs)
    {
        var other = new AuthorityFolder(PathTo($"other-{role}-{believingOurs}"), TimeProvider.System);
        other.Create("mesh");
        other.Issue(role, name, []);
        return new(believingOurs ? _authority.Authority.Certificate : other.Authority.Certificate, other.FilesOf(role, name));
    }

    public void ReplaceTheRelaysAuthority()
    {
        var other = new AuthorityFolder(PathTo("replaced"), TimeProvider.System);
        other.Create("mesh");
        File.Copy(other.Authority.Certificate, PathTo("relay-ca.crt"), overwrite: true);
    }

    public NodeEndpoint Endpoint(MeshCertificates? certificates = null, string node = Node) => new NodeEndpoint.Relay(node, Address, certificates ?? Server);

    public HttpClient Client(MeshCertificates? certificates = null, string node = Node) =>
        new(NodeTransport.Create(Endpoint(certificates, node))) { BaseAddress = new("http://hostbridge/") };

    public async ValueTask DisposeAsync()
    {
        if (Door is not null) await Door.DisposeAsync();
        if (Host is not null) await Host.DisposeAsync();
        _logs.Dispose();
        _folder.Delete(recursive: true);
    }

    static MeshCertificates CertificatesOf(AuthorityFolder authority, MeshRole role, string name) => new(authority.Authority.Certificate, authority.FilesOf(role, name));
}
