using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using CliWrap;
using CliWrap.Buffered;
using MeshMcp.Contracts.Trust;
using MeshMcp.TestKit;
using ModelContextProtocol.Client;
using Xunit;

namespace MeshMcp.IntegrationTests.Server;

/// <summary>The server as it is run: <c>meshmcp-server mcp</c> and <c>meshmcp-server stdio</c>.</summary>
public sealed class McpProcessTests : IDisposable
{
    static readonly TimeSpan Hangs = TimeSpan.FromSeconds(30);

    readonly string _folder = Directory.CreateTempSubdirectory("meshmcp-process-").FullName;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    static string Program { get; } = PrivateNode.Binary("Server", "meshmcp-server");

    /// <summary>A loopback address nobody else is likely to use, so that the port is free.</summary>
    readonly IPEndPoint _address = new(new IPAddress([127, .. RandomNumberGenerator.GetBytes(2), 1]), 9573);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task It_serves_over_tls_and_ends_with_0_within_three_seconds_of_sigterm_although_a_client_listens()
    {
        var tokens = new TokenFile(PathTo("tokens.json"), TimeProvider.System);
        using var authority = CertificateAuthority.Create("mesh", TimeSpan.FromDays(1), TimeProvider.System);
        var issued = authority.Issue(MeshRole.Server, "mcp", [_address.Address.ToString()], TimeSpan.FromHours(1));
        await File.WriteAllTextAsync(PathTo("tls.crt"), issued.CertificatePem, Ct);
        await File.WriteAllTextAsync(PathTo("tls.key"), issued.KeyPem, Ct);
        using var server = await ServeAsync(new { listen = _address.ToString(), tls = new { certificate = PathTo("tls.crt"), key = PathTo("tls.key") }, tokens = tokens.Path });
        try
        {
            using var trusted = Trusting(authority.CertificatePem);
            await Eventually.True(async () => (await trusted.GetAsync(new Uri($"https://{_address}/healthz"), Ct)).IsSuccessStatusCode, Hangs, "the server answers", Ct);
            await using var client = await McpClient.CreateAsync(new HttpClientTransport(new()
            {
                Endpoint = new($"https://{_address}/mcp"),
                AdditionalHeaders = new Dictionary<string, string> { ["Authorization"] = $"Bearer {tokens.Create("operator", [Scope.Admin])}" },
            }, trusted), new() { ProtocolVersion = RawMcp.Session }, cancellationToken: Ct);
            Assert.Contains("list_nodes", (await client.ListToolsAsync(cancellationToken: Ct)).Select(t => t.Name));

            await CliWrap.Cli.Wrap("kill").WithArguments(["-TERM", $"{server.Id}"]).ExecuteAsync(Ct);
            await server.WaitForExitAsync(Ct).WaitAsync(TimeSpan.FromSeconds(3), Ct);
            Assert.Equal(0, server.ExitCode);
        }
        finally
        {
            if (!server.HasExited) server.Kill();
        }
    }

    [Fact]
    public async Task A_renewed_pair_is_taken_for_new_connections_while_old_ones_go_on()
    {
        var folder = new AuthorityFolder(_folder, TimeProvider.System);
        folder.Create("mesh");
        folder.Issue(MeshRole.Server, "mcp", [_address.Address.ToString()]);
        var files = folder.FilesOf(MeshRole.Server, "mcp");
        using var authority = CertificateAuthority.FromPem(await File.ReadAllTextAsync(folder.Authority.Certificate, Ct), await File.ReadAllTextAsync(folder.Authority.Key, Ct), TimeProvider.System);
        using var server = await ServeAsync(new { listen = _address.ToString(), tls = new { certificate = files.Certificate, key = files.Key }, tokens = PathTo("tokens.json") });
        try
        {
            List<string> first = [], between = [], later = [];
            using var old = Noting(first);
            await Eventually.True(() => AnswersAsync(old), Hangs, "the server answers", Ct);
            using var current = X509Certificate2.CreateFromPemFile(files.Certificate, files.Key);
            var next = authority.Renew(current, TimeSpan.FromDays(30));

            // As at the moment between the two moves of a renewal.
            var key = await File.ReadAllTextAsync(files.Key, Ct);
            await File.WriteAllTextAsync(files.Key, next.KeyPem, Ct);
            using var meanwhile = Noting(between);
            Assert.True(await AnswersAsync(meanwhile));
            await File.WriteAllTextAsync(files.Key, key, Ct);
            CertificatePair.Replace(files, next.CertificatePem, next.KeyPem);
            using var after = Noting(later);
            Assert.True(await AnswersAsync(after));
            Assert.True(await AnswersAsync(old));

            using var renewed = X509Certificate2.CreateFromPemFile(files.Certificate, files.Key);
            Assert.NotEqual(current.Thumbprint, renewed.Thumbprint);
            Assert.Equal([[current.Thumbprint], [current.Thumbprint], [renewed.Thumbprint]], new[] { first, between, later });
        }
        finally
        {
            if (!server.HasExited) server.Kill();
        }

        async Task<bool> AnswersAsync(HttpClient client)
        {
            try
            {
                return (await client.GetAsync(new Uri($"https://{_address}/healthz"), Ct)).IsSuccessStatusCode;
            }
            catch (HttpRequestException)
            {
                return false;
            }
        }

        // One connection each, whose certificate is noted when it is opened.
        static HttpClient Noting(List<string> seen) => new(new SocketsHttpHandler
        {
            MaxConnectionsPerServer = 1,
            SslOptions = new()
            {
                RemoteCertificateValidationCallback = (_, certificate, _, _) =>
                {
                    seen.Add(((X509Certificate2)certificate!).Thumbprint);
                    return certificate.Issuer.StartsWith("CN=mesh,", StringComparison.Ordinal);
                },
            },
        });
    }

    [Theory]
    [InlineData("""{ "listen": "0.0.0.0:9573" }""", "tokens:", "tls:")]
    [InlineData("""{ "lsten": "127.0.0.1:9573", "tokens": 7 }""", "lsten:", "perhaps listen", "tokens:")]
    [InlineData("""{ "tls": { "certificate": "/nonexistent.crt", "key": "/nonexistent.key" } }""", "/nonexistent.crt")]
    public async Task A_configuration_that_cannot_be_used_ends_it_with_2_and_says_all_that_is_wrong(string configuration, params string[] words)
    {
        await File.WriteAllTextAsync(PathTo("server.json"), configuration, Ct);
        var (code, said) = await EndedAsync("mcp", "--config", PathTo("server.json"));
        Assert.Equal(2, code);
        Assert.All(words, w => Assert.Contains(w, said, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_missing_configuration_and_a_wrong_command_line_end_it_with_2()
    {
        Assert.Equal(2, (await EndedAsync("mcp", "--config", PathTo("none.json"))).Code);
        Assert.Equal(2, (await EndedAsync("http")).Code);
        Assert.Equal(0, (await EndedAsync("--help")).Code);
    }

    [Fact]
    public async Task An_address_in_use_ends_it_with_1()
    {
        using var holder = new TcpListener(_address);
        holder.Start();
        await File.WriteAllTextAsync(PathTo("server.json"), JsonSerializer.Serialize(new { listen = _address.ToString() }), Ct);
        var (code, said) = await EndedAsync("mcp", "--config", PathTo("server.json"));
        Assert.Equal(1, code);
        Assert.Contains(_address.ToString(), said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, RawMcp.Newest)]
    [InlineData(RawMcp.Session, RawMcp.Session)]
    public async Task Over_standard_input_it_speaks_both_dialects(string? asked, string spoken)
    {
        await using var client = await McpClient.CreateAsync(new StdioClientTransport(new() { Command = Program, Arguments = ["stdio"] }),
            new() { ProtocolVersion = asked, DiscoverProbeTimeout = Hangs }, cancellationToken: Ct);
        Assert.Equal(spoken, client.NegotiatedProtocolVersion);
        Assert.Contains("add_flow", (await client.ListToolsAsync(cancellationToken: Ct)).Select(t => t.Name));
    }

    [Fact]
    public async Task Requests_can_be_piped_in_and_an_unknown_version_is_negotiated_down()
    {
        using var server = Start("stdio");
        try
        {
            await server.StandardInput.WriteAsync($"""
                {RawMcp.Initialize("2099-01-01")}
                {RawMcp.Request("tools/list")}

                """);
            server.StandardInput.Close();
            var answers = await server.StandardOutput.ReadToEndAsync(Ct).WaitAsync(Hangs, Ct);
            await server.WaitForExitAsync(Ct).WaitAsync(Hangs, Ct);

            Assert.Contains("\"protocolVersion\":\"2025-11-25\"", answers, StringComparison.Ordinal);
            Assert.Contains("\"name\":\"list_nodes\"", answers, StringComparison.Ordinal);
            Assert.Equal(0, server.ExitCode);
        }
        finally
        {
            if (!server.HasExited) server.Kill();
        }
    }

    string PathTo(string name) => Path.Combine(_folder, name);

    async Task<Process> ServeAsync(object configuration)
    {
        await File.WriteAllTextAsync(PathTo("server.json"), JsonSerializer.Serialize(configuration), Ct);
        var server = Start("mcp", "--config", PathTo("server.json"));
        server.BeginErrorReadLine();
        return server;
    }

    static Process Start(params string[] arguments) => Process.Start(new ProcessStartInfo(Program, arguments)
    {
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    })!;

    static async Task<(int Code, string Said)> EndedAsync(params string[] arguments)
    {
        using var limit = new CancellationTokenSource(Hangs);
        var ended = await CliWrap.Cli.Wrap(Program).WithArguments(arguments).WithValidation(CommandResultValidation.None).ExecuteBufferedAsync(limit.Token);
        return (ended.ExitCode, ended.StandardError);
    }

    static HttpClient Trusting(string authorityPem) => new(new SocketsHttpHandler
    {
        SslOptions = new()
        {
            CertificateChainPolicy = new()
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                CustomTrustStore = { X509Certificate2.CreateFromPem(authorityPem) },
                RevocationMode = X509RevocationMode.NoCheck,
            },
        },
    });
}
