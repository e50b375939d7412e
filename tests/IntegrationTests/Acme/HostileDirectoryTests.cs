using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Trust;
using MeshMcp.Server.Acme;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace MeshMcp.IntegrationTests.Acme;

/// <summary>A directory that hangs, lies, or leads elsewhere: every order ends, says why, and changes nothing.</summary>
public sealed class HostileDirectoryTests : IAsyncLifetime
{
    static readonly TimeSpan Hangs = TimeSpan.FromSeconds(30);

    readonly string _folder = Directory.CreateTempSubdirectory("meshmcp-hostile-").FullName;
    WebApplication _app = null!;
    string _url = "";
    int _asked;

    /// <summary>What is answered to a path, beside what an honest directory would.</summary>
    readonly Dictionary<string, Func<HttpContext, Task>> _answers = [];

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        using var root = CertificateAuthority.Create("directory", TimeSpan.FromDays(1), TimeProvider.System);
        var own = root.Issue(MeshRole.Server, "directory", ["127.0.0.1"], TimeSpan.FromHours(1));
        await File.WriteAllTextAsync(PathTo("root.crt"), root.CertificatePem, Ct);
        await File.WriteAllTextAsync(PathTo("own.crt"), own.CertificatePem, Ct);
        await File.WriteAllTextAsync(PathTo("own.key"), own.KeyPem, Ct);
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration()
            .ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0, o => o.UseHttps(X509Certificate2.CreateFromPemFile(PathTo("own.crt"), PathTo("own.key")))));
        _app = builder.Build();
        _app.Run(context =>
        {
            Interlocked.Increment(ref _asked);
            if (context.Request.Path != "/dir") context.Response.Headers["Replay-Nonce"] = "nonce";
            return _answers[context.Request.Path](context);
        });
        await _app.StartAsync(Ct);
        _url = _app.Urls.Single();

        Json("/dir", new { newNonce = _url + "/nonce", newAccount = _url + "/account", newOrder = _url + "/order" });
        Json("/nonce", new { });
        Json("/account", new { status = "valid" }, _url + "/account/1");
        Json("/order", new { status = "pending", authorizations = new[] { _url + "/authorization" }, finalize = _url + "/finalize" }, _url + "/order/1");
        Json("/authorization", new { status = "valid", identifier = new { type = "dns", value = "mcp.example" } });
        Json("/order/1", new { status = "valid", finalize = _url + "/finalize", certificate = _url + "/certificate" });
        _answers["/certificate"] = context => context.Response.WriteAsync(own.CertificatePem, Ct);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData("/dir")]
    [InlineData("/nonce")]
    [InlineData("/order")]
    public async Task One_that_hangs_is_given_up(string path)
    {
        _answers[path] = context => Task.Delay(Timeout.Infinite, context.RequestAborted);
        Assert.Contains("it takes too long", await RefusedAsync(ErrorKind.Unavailable, TimeSpan.FromMilliseconds(300)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_that_answers_without_end_is_cut_off()
    {
        _answers["/dir"] = async context =>
        {
            var part = Encoding.ASCII.GetBytes(new string(' ', 64 * 1024));
            while (!context.RequestAborted.IsCancellationRequested) await context.Response.Body.WriteAsync(part, context.RequestAborted);
        };
        await RefusedAsync(ErrorKind.Unavailable);
    }

    [Theory]
    [InlineData("https://127.0.0.2:1/account")]
    [InlineData("http://127.0.0.1:1/account")]
    [InlineData("file:///etc/passwd")]
    [InlineData("account")]
    public async Task Nobody_else_is_asked_whatever_it_says(string elsewhere)
    {
        Json("/dir", new { newNonce = _url + "/nonce", newAccount = elsewhere, newOrder = _url + "/order" });
        Assert.Contains("another host", await RefusedAsync(ErrorKind.Unavailable), StringComparison.Ordinal);
        Assert.Equal(1, _asked);
    }

    [Fact]
    public async Task A_redirect_is_not_followed()
    {
        _answers["/dir"] = context =>
        {
            context.Response.Redirect(_url + "/account");
            return Task.CompletedTask;
        };
        Assert.Contains("redirects", await RefusedAsync(ErrorKind.Unavailable), StringComparison.Ordinal);
        Assert.Equal(1, _asked);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("../nonce")]
    public async Task A_nonce_that_is_none_ends_it(string nonce)
    {
        _answers["/nonce"] = context =>
        {
            context.Response.Headers["Replay-Nonce"] = nonce;
            return Task.CompletedTask;
        };
        Assert.Contains("no nonce", await RefusedAsync(ErrorKind.Unavailable), StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_that_refuses_every_nonce_is_given_up()
    {
        Problem("/account", "badNonce", "never good enough");
        Assert.Contains("badNonce: never good enough", await RefusedAsync(ErrorKind.CommandFailed), StringComparison.Ordinal);
        Assert.InRange(_asked, 3, 20);
    }

    [Fact]
    public async Task What_it_says_is_told_without_what_a_terminal_acts_on()
    {
        Problem("/order", "rateLimited", "too many\u001b[2J\r\n2026 all is well");
        Assert.Contains("rateLimited: too many[2J2026 all is well", await RefusedAsync(ErrorKind.CommandFailed), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../../../etc/passwd")]
    [InlineData("short")]
    [InlineData("a token of many words")]
    public async Task A_token_that_is_none_is_not_answered(string token)
    {
        Json("/authorization", new { status = "pending", challenges = new[] { new { type = "http-01", url = _url + "/challenge", token } } });
        Assert.Contains("token", await RefusedAsync(ErrorKind.Unavailable), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_that_it_does_not_let_be_proven_over_port_80_is_told_with_what_it_offers()
    {
        Json("/authorization", new { status = "pending", challenges = new[] { new { type = "dns-01", url = _url + "/challenge" } } });
        Assert.Contains("dns-01", await RefusedAsync(ErrorKind.NotSupported), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("null")]
    [InlineData("<html>")]
    [InlineData("""{ "newNonce": 7 }""")]
    [InlineData("{}")]
    public async Task What_is_no_directory_is_told_as_that(string text)
    {
        _answers["/dir"] = context => context.Response.WriteAsync(text, Ct);
        await RefusedAsync(ErrorKind.Unavailable);
    }

    [Fact]
    public async Task A_certificate_of_another_key_is_not_taken() => Assert.Contains("no certificate of ours", await RefusedAsync(ErrorKind.Unavailable), StringComparison.Ordinal);

    [Fact]
    public async Task A_profile_that_it_does_not_have_is_told_with_those_it_has()
    {
        Json("/dir", new { newNonce = _url + "/nonce", newAccount = _url + "/account", newOrder = _url + "/order", meta = new { profiles = new { classic = "the usual", shortlived = "six days" } } });
        Assert.Contains("classic, shortlived", await RefusedAsync(ErrorKind.InvalidArgument, profile: "tlsserver"), StringComparison.Ordinal);
    }

    async Task<string> RefusedAsync(ErrorKind kind, TimeSpan? answerWithin = null, string? profile = null)
    {
        var fields = new Dictionary<string, object> { ["names"] = new[] { "mcp.example" }, ["termsAgreed"] = true, ["directory"] = _url + "/dir", ["trust"] = PathTo("root.crt"), ["listen"] = "127.0.0.1:1" };
        if (profile is not null) fields["profile"] = profile;
        // A port that is taken for a moment only.
        var configuration = AcmeConfiguration.Parse(JsonSerializer.Serialize(fields), PathTo("acme.json")) with { Listen = new(IPAddress.Loopback, 0) };
        var refused = await Assert.ThrowsAnyAsync<MeshException>(() => new KeptCertificate(configuration, TimeProvider.System, answerWithin).RenewAsync(Ct).WaitAsync(Hangs, Ct));
        Assert.Equal(kind, refused.Error.Kind);
        Assert.False(File.Exists(configuration.Certificate.Certificate));
        return refused.Message;
    }

    void Json(string path, object content, string? location = null) => _answers[path] = context =>
    {
        if (location is not null) context.Response.Headers.Location = location;
        return context.Response.WriteAsJsonAsync(content, Ct);
    };

    void Problem(string path, string name, string detail) => _answers[path] = context =>
    {
        context.Response.StatusCode = 400;
        return context.Response.WriteAsJsonAsync(new { type = $"urn:ietf:params:acme:error:{name}", detail }, (JsonSerializerOptions?)null, "application/problem+json", Ct);
    };

    string PathTo(string name) => Path.Combine(_folder, name);
}
