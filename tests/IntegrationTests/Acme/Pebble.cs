using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using MeshMcp.Contracts.Trust;
using MeshMcp.TestKit;

namespace MeshMcp.IntegrationTests.Acme;

/// <summary>
/// Debian's ACME test server, with the name server beside it, to which every name leads to one loopback address: theirs, and that of whoever wants a certificate.
/// It refuses one good nonce in five.
/// </summary>
sealed class Pebble : IAsyncDisposable
{
    public const string Blocked = "blocked.example";
    const int ChallengePort = 5002, NamePort = 8053;
    static readonly TimeSpan Hangs = TimeSpan.FromSeconds(30);

    readonly List<Process> _processes = [];

    Pebble(string folder) => Folder = folder;

    public string Folder { get; }

    /// <summary>A loopback address nobody else is likely to use, so that the ports are free.</summary>
    public IPAddress Address { get; } = new([127, .. RandomNumberGenerator.GetBytes(2), 1]);

    public string Directory => $"https://{Address}:14000/dir";

    /// <summary>Where it asks the challenges' questions.</summary>
    public IPEndPoint Challenges => new(Address, ChallengePort);

    /// <summary>The root that vouches for the directory.</summary>
    public string Trust => Path.Combine(Folder, "directory-root.crt");

    /// <param name="validFor">Of what it certifies.</param>
    public static async Task<Pebble> StartAsync(TimeSpan validFor, CancellationToken ct)
    {
        var pebble = new Pebble(System.IO.Directory.CreateTempSubdirectory("meshmcp-acme-").FullName);
        try
        {
            await pebble.RunAsync(validFor, ct);
            return pebble;
        }
        catch
        {
            await pebble.DisposeAsync();
            throw;
        }
    }

    async Task RunAsync(TimeSpan validFor, CancellationToken ct)
    {
        using var root = CertificateAuthority.Create("directory", TimeSpan.FromDays(1), TimeProvider.System);
        var own = root.Issue(MeshRole.Server, "pebble", [$"{Address}"], TimeSpan.FromHours(1));
        await File.WriteAllTextAsync(Trust, root.CertificatePem, ct);
        await File.WriteAllTextAsync(PathTo("pebble.crt"), own.CertificatePem, ct);
        await File.WriteAllTextAsync(PathTo("pebble.key"), own.KeyPem, ct);
        await File.WriteAllTextAsync(PathTo("pebble.json"), JsonSerializer.Serialize(new
        {
            pebble = new
            {
                listenAddress = $"{Address}:14000",
                managementListenAddress = $"{Address}:15000",
                certificate = PathTo("pebble.crt"),
                privateKey = PathTo("pebble.key"),
                httpPort = ChallengePort,
                tlsPort = 5001,
                ocspResponderURL = "",
                externalAccountBindingRequired = false,
                domainBlocklist = new[] { Blocked },
                certificateValidityPeriod = (long)validFor.TotalSeconds,
            },
        }), ct);
        Start("pebble-challtestsrv", "-defaultIPv4", $"{Address}", "-defaultIPv6", "", "-dns01", $"{Address}:{NamePort}", "-http01", "", "-https01", "", "-tlsalpn01", "", "-management", $"{Address}:8055");
        Start("pebble", "-config", PathTo("pebble.json"), "-dnsserver", $"{Address}:{NamePort}");
        using var http = Trusting(Trust);
        await Eventually.True(async () => (await http.GetAsync(new Uri(Directory), ct)).IsSuccessStatusCode, Hangs, "pebble answers", ct);
    }

    void Start(string program, params string[] arguments)
    {
        var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["PEBBLE_VA_NOSLEEP"] = "1", ["PEBBLE_WFE_NONCEREJECT"] = "20", ["PEBBLE_AUTHZREUSE"] = "0" },
        })!;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        _processes.Add(process);
    }

    /// <summary>The authority under which its certificates are.</summary>
    public async Task<string> RootAsync(CancellationToken ct)
    {
        using var http = Trusting(Trust);
        return await http.GetStringAsync(new Uri($"https://{Address}:15000/roots/0"), ct);
    }

    public static HttpClient Trusting(string roots)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.ImportFromPemFile(roots);
        return new(new SocketsHttpHandler { UseProxy = false, SslOptions = new() { CertificateChainPolicy = policy } });
    }

    string PathTo(string name) => Path.Combine(Folder, name);

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes)
        {
            if (!process.HasExited) process.Kill();
            await process.WaitForExitAsync();
            process.Dispose();
        }
        System.IO.Directory.Delete(Folder, recursive: true);
    }
}
