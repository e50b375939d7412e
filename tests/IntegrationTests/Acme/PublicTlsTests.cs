using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using MeshMcp.Contracts.Joining;
using MeshMcp.Contracts.Trust;
using MeshMcp.TestKit;
using Xunit;

namespace MeshMcp.IntegrationTests.Acme;

/// <summary>The programs as they are run: one keeps the certificate, the other shows it.</summary>
public sealed class PublicTlsTests : IAsyncLifetime
{
    const int Port = 9573;
    static readonly TimeSpan Hangs = TimeSpan.FromSeconds(60);

    readonly List<Process> _processes = [];
    Pebble _pebble = null!;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    static string Program { get; } = PrivateNode.Binary("Server", "meshmcp-server");

    public async ValueTask InitializeAsync() => _pebble = await Pebble.StartAsync(TimeSpan.FromDays(90), Ct);

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes)
        {
            if (!process.HasExited) process.Kill();
            process.Dispose();
        }
        await _pebble.DisposeAsync();
    }

    [Theory]
    [InlineData("mcp", "server.json")]
    [InlineData("api", "api.json")]
    public async Task A_server_shows_a_new_certificate_without_a_restart_to_who_asks_for_its_name_and_the_meshs_own_to_all_others(string role, string file)
    {
        using var authority = CertificateAuthority.Create("mesh", TimeSpan.FromDays(1), TimeProvider.System);
        var own = authority.Issue(MeshRole.Server, role, [$"{_pebble.Address}"], TimeSpan.FromHours(1));
        await WriteAsync("mesh.crt", own.CertificatePem);
        await WriteAsync("mesh.key", own.KeyPem);
        await WriteAsync(file, JsonSerializer.Serialize(new
        {
            listen = $"{_pebble.Address}:{Port}",
            tls = new { certificate = PathTo("mesh.crt"), key = PathTo("mesh.key") },
            publicTls = new { certificate = PathTo("public/tls.crt"), key = PathTo("public/tls.key") },
            tokens = PathTo("tokens.json"),
        }));
        await WriteAsync("acme.json", JsonSerializer.Serialize(new { names = new[] { "mcp.example" }, termsAgreed = true, directory = _pebble.Directory, trust = _pebble.Trust, listen = $"{_pebble.Challenges}" }));
        Start(role, PathTo(file));
        using var mesh = X509Certificate2.CreateFromPem(own.CertificatePem);
        await Eventually.True(async () => (await ShownAsync("mcp.example")).Thumbprint == mesh.Thumbprint, Hangs, "the server answers, with the mesh's certificate", Ct);

        var acme = Start("acme", PathTo("acme.json"));
        await Eventually.True(() => File.Exists(PathTo("public/tls.crt")), Hangs, "the certificate is there", Ct);

        using var shown = await ShownAsync("mcp.example");
        using var kept = X509CertificateLoader.LoadCertificateFromFile(PathTo("public/tls.crt"));
        Assert.Equal(kept.Thumbprint, shown.Thumbprint);
        Assert.Equal(mesh.Thumbprint, (await ShownAsync(null)).Thumbprint);
        Assert.Equal(mesh.Thumbprint, (await ShownAsync(EnrollmentClient.ServerName)).Thumbprint);
        Assert.Equal(mesh.Thumbprint, (await ShownAsync("other.example")).Thumbprint);

        // As a client that trusts the public authority and knows nothing of the mesh.
        await WriteAsync("public-root.crt", await _pebble.RootAsync(Ct));
        using var http = Client(PathTo("public-root.crt"));
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(new Uri($"https://mcp.example:{Port}/healthz"), Ct)).StatusCode);

        await CliWrap.Cli.Wrap("kill").WithArguments(["-TERM", $"{acme.Id}"]).ExecuteAsync(Ct);
        await acme.WaitForExitAsync(Ct).WaitAsync(Hangs, Ct);
        Assert.Equal(0, acme.ExitCode);
    }

    [Theory]
    [InlineData("""{ "names": [], "termsAgreed": false }""", "names:", "termsAgreed:")]
    [InlineData("""{ "names": ["mcp.example"], "termsAgreed": true, "trust": "/nonexistent.crt" }""", "/nonexistent.crt")]
    public async Task A_configuration_that_cannot_be_used_ends_it_with_2_and_says_all_that_is_wrong(string configuration, params string[] words)
    {
        await WriteAsync("acme.json", configuration);
        var acme = Start("acme", PathTo("acme.json"), readsErrors: false);
        var said = await acme.StandardError.ReadToEndAsync(Ct).WaitAsync(Hangs, Ct);
        await acme.WaitForExitAsync(Ct).WaitAsync(Hangs, Ct);
        Assert.Equal(2, acme.ExitCode);
        Assert.All(words, w => Assert.Contains(w, said, StringComparison.Ordinal));
    }

    Process Start(string role, string configuration, bool readsErrors = true)
    {
        var process = Process.Start(new ProcessStartInfo(Program, [role, "--config", configuration]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;
        _processes.Add(process);
        if (readsErrors) process.BeginErrorReadLine();
        return process;
    }

    /// <summary>What is shown to who asks for this name.</summary>
    async Task<X509Certificate2> ShownAsync(string? name)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(_pebble.Address, Port, Ct);
        await using var tls = new SslStream(socket.GetStream());
        X509Certificate2? shown = null;
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = name ?? "",
            RemoteCertificateValidationCallback = (_, certificate, _, _) =>
            {
                shown = certificate is null ? null : X509CertificateLoader.LoadCertificate(certificate.GetRawCertData());
                return shown is not null;
            },
        }, Ct);
        return shown!;
    }

    /// <summary>For which every name leads to the server.</summary>
    HttpClient Client(string roots)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.ImportFromPemFile(roots);
        return new(new SocketsHttpHandler
        {
            UseProxy = false,
            SslOptions = new() { CertificateChainPolicy = policy },
            ConnectCallback = async (context, ct) =>
            {
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
                await socket.ConnectAsync(_pebble.Address, context.DnsEndPoint.Port, ct);
                return new NetworkStream(socket, ownsSocket: true);
            },
        });
    }

    Task WriteAsync(string name, string content) => File.WriteAllTextAsync(PathTo(name), content, Ct);

    string PathTo(string name) => Path.Combine(_pebble.Folder, name);
}
