using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using MeshMcp.Contracts.Errors;
using MeshMcp.IntegrationTests.Relay;
using MeshMcp.Server.Acme;
using Microsoft.Extensions.Logging;
using Xunit;

namespace MeshMcp.IntegrationTests.Acme;

/// <summary>Certificates of a real ACME server, which asks its questions over real connections.</summary>
public sealed class AcmeTests : IAsyncLifetime
{
    static readonly TimeSpan Life = TimeSpan.FromDays(90);

    Pebble _pebble = null!;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _pebble = await Pebble.StartAsync(Life, Ct);

    public ValueTask DisposeAsync() => _pebble.DisposeAsync();

    [Fact]
    public async Task A_name_and_an_address_are_certified_by_one_certificate_which_the_group_may_read_and_the_account_nobody_else()
    {
        var configuration = Configuration("mcp.example", $"{_pebble.Address}");
        Assert.Null(new KeptCertificate(configuration, TimeProvider.System).Due());

        await new KeptCertificate(configuration, TimeProvider.System).RenewAsync(Ct);

        var files = configuration.Certificate;
        using var pair = X509Certificate2.CreateFromPemFile(files.Certificate, files.Key);
        Assert.True(pair.MatchesHostname("mcp.example", allowCommonName: false) && pair.MatchesHostname($"{_pebble.Address}", allowCommonName: false));
        using var chain = new X509Chain { ChainPolicy = { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck } };
        chain.ChainPolicy.CustomTrustStore.Add(X509Certificate2.CreateFromPem(await _pebble.RootAsync(Ct)));
        chain.ChainPolicy.ExtraStore.ImportFromPemFile(files.Certificate);
        Assert.True(chain.Build(pair), string.Join("; ", chain.ChainStatus.Select(s => s.StatusInformation)));
        Assert.Equal("rw-r-----", Mode(files.Key));
        Assert.Equal("rw-------", Mode(configuration.AccountKey));
        Assert.Equal("rwx------", Mode(Path.GetDirectoryName(configuration.AccountKey)!));
        Assert.NotNull(new KeptCertificate(configuration, TimeProvider.System).Due());
        // Nothing listens any more.
        using var http = new HttpClient();
        await Assert.ThrowsAsync<HttpRequestException>(() => http.GetAsync(new Uri($"http://{configuration.Listen}/"), Ct));
    }

    [Fact]
    public async Task It_is_renewed_past_two_thirds_of_its_life_and_not_before_and_by_the_same_account()
    {
        var configuration = Configuration("mcp.example");
        var clock = new LaterClock();
        var (renewal, log) = Renewal(configuration, clock);
        await renewal.LookAsync(Ct);
        var (first, account) = (await CertificateAsync(configuration), await File.ReadAllTextAsync(configuration.AccountKey, Ct));

        clock.Later = Life * 0.65;
        Assert.Equal(TimeSpan.FromHours(1), await renewal.LookAsync(Ct));
        Assert.Equal(first, await CertificateAsync(configuration));

        clock.Later = Life * 0.67;
        // As after a restart.
        (renewal, log) = Renewal(configuration, clock);
        await renewal.LookAsync(Ct);
        Assert.NotEqual(first, await CertificateAsync(configuration));
        Assert.Equal(account, await File.ReadAllTextAsync(configuration.AccountKey, Ct));
        Assert.Contains(log.Lines, l => l.StartsWith("Information: The certificate for mcp.example", StringComparison.Ordinal));

        using var key = AcmeKey.Keep(configuration.AccountKey);
        List<string?> accounts = [];
        foreach (var _ in Enumerable.Range(0, 2))
        {
            using var client = new AcmeClient(configuration, key);
            await client.OpenAsync(Ct);
            accounts.Add(client.Account);
        }
        Assert.Single(accounts.Distinct());
    }

    [Fact]
    public async Task Other_names_or_another_directory_want_another_certificate_at_once()
    {
        await new KeptCertificate(Configuration("mcp.example"), TimeProvider.System).RenewAsync(Ct);

        Assert.NotNull(new KeptCertificate(Configuration("MCP.example"), TimeProvider.System).Due());
        Assert.Null(new KeptCertificate(Configuration("mcp.example", "api.example"), TimeProvider.System).Due());
        Assert.Null(new KeptCertificate(AcmeConfiguration.Parse(Json("https://other.example/dir", "mcp.example"), Path.Combine(_pebble.Folder, "acme.json")), TimeProvider.System).Due());
    }

    [Fact]
    public async Task A_refused_order_is_told_in_the_authoritys_words_leaves_the_old_certificate_and_is_tried_again_ever_later()
    {
        await new KeptCertificate(Configuration("mcp.example"), TimeProvider.System).RenewAsync(Ct);
        var configuration = Configuration("mcp.example", Pebble.Blocked);
        var before = await CertificateAsync(configuration);
        var (renewal, log) = Renewal(configuration, TimeProvider.System);

        Assert.Equal([TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(4)], new[] { await renewal.LookAsync(Ct), await renewal.LookAsync(Ct) });

        Assert.Equal(before, await CertificateAsync(configuration));
        Assert.All(log.Lines, l => Assert.Contains("rejectedIdentifier", l, StringComparison.Ordinal));
        Assert.All(log.Lines, l => Assert.Contains(Pebble.Blocked, l, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_name_whose_question_arrives_nowhere_is_told_with_what_to_do()
    {
        var configuration = AcmeConfiguration.Parse(Json(_pebble.Directory, "mcp.example").Replace($"{_pebble.Challenges}", $"{_pebble.Address}:5003", StringComparison.Ordinal), Path.Combine(_pebble.Folder, "acme.json"));

        var refused = await Assert.ThrowsAsync<AcmeRefusal>(() => new KeptCertificate(configuration, TimeProvider.System).RenewAsync(Ct));

        Assert.StartsWith("mcp.example could not be proven: connection", refused.Message, StringComparison.Ordinal);
        Assert.Contains("port 80", refused.Error.Hint, StringComparison.Ordinal);
        Assert.False(File.Exists(configuration.Certificate.Certificate));
    }

    [Fact]
    public async Task A_directory_that_the_roots_do_not_vouch_for_is_told_nothing()
    {
        var configuration = AcmeConfiguration.Parse(JsonSerializer.Serialize(new { names = new[] { "mcp.example" }, termsAgreed = true, directory = _pebble.Directory, listen = $"{_pebble.Challenges}" }), Path.Combine(_pebble.Folder, "acme.json"));
        var refused = await Assert.ThrowsAsync<MeshException>(() => new KeptCertificate(configuration, TimeProvider.System).RenewAsync(Ct));
        Assert.Equal(ErrorKind.Unavailable, refused.Error.Kind);
        Assert.Contains("\"trust\"", refused.Error.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whoever_asks_for_anything_but_a_pending_token_gets_404()
    {
        const string Folder = "/.well-known/acme-challenge/";
        await using var challenges = await Challenges.ListenAsync(new(_pebble.Address, 5004));
        using var http = new HttpClient();
        using (challenges.Answer("a-token", "a-token.print"))
        {
            Assert.Equal("a-token.print", await http.GetStringAsync(At(Folder + "a-token"), Ct));
            foreach (var path in new[] { "/", Folder, Folder + "A-token", Folder + "a-token/", Folder + "../acme-challenge", "/a-token" })
                Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync(At(path), Ct)).StatusCode);
            Assert.Equal(HttpStatusCode.NotFound, (await http.PutAsync(At(Folder + "a-token"), null, Ct)).StatusCode);
        }
        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync(At(Folder + "a-token"), Ct)).StatusCode);
        var taken = await Assert.ThrowsAsync<MeshException>(() => Challenges.ListenAsync(new(_pebble.Address, 5004)));
        Assert.Equal(ErrorKind.Unavailable, taken.Error.Kind);

        Uri At(string path) => new(challenges.Url + path);
    }

    AcmeConfiguration Configuration(params string[] names) => AcmeConfiguration.Parse(Json(_pebble.Directory, names), Path.Combine(_pebble.Folder, "acme.json"));

    string Json(string directory, params string[] names) =>
        JsonSerializer.Serialize(new { names, termsAgreed = true, contact = "ops@mesh.example", directory, trust = _pebble.Trust, listen = $"{_pebble.Challenges}" });

    static (AcmeRenewal Renewal, RememberedLog Log) Renewal(AcmeConfiguration configuration, TimeProvider time)
    {
        var log = new RememberedLog();
        var logs = LoggerFactory.Create(b => b.AddProvider(log));
        return (new(new(configuration, time), configuration, time, logs.CreateLogger<AcmeRenewal>()), log);
    }

    static Task<string> CertificateAsync(AcmeConfiguration configuration) => File.ReadAllTextAsync(configuration.Certificate.Certificate, Ct);

    static string Mode(string path) => string.Concat(Enumerable.Range(0, 9).Select(i => File.GetUnixFileMode(path).HasFlag((UnixFileMode)(1 << (8 - i))) ? "rwx"[i % 3] : '-'));

    /// <summary>The calendar is set forward; timers run as ever.</summary>
    sealed class LaterClock : TimeProvider
    {
        public TimeSpan Later { get; set; }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Later;
    }
}
