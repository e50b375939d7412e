using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;
using MeshMcp.Contracts.Errors;

namespace MeshMcp.Server.Acme;

/// <summary>What an authority answered, at most <see cref="AcmeClient.MostBytes"/> of it.</summary>
/// <param name="Location">Of what was made.</param>
/// <param name="After">When to ask again, if it says.</param>
sealed record AcmeAnswer(byte[] Body, string? Location, TimeSpan? After);

/// <summary>
/// Signed requests to one ACME authority (RFC 8555). Believed is only the host of the directory: no redirect, no proxy, no other host in its answers;
/// each is bounded in size and time.
/// </summary>
sealed partial class AcmeClient : IDisposable
{
    public const int MostBytes = 256 * 1024;
    const int MostNonces = 12;
    static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(30);
    static readonly MediaTypeHeaderValue Signed = new("application/jose+json");

    readonly AcmeConfiguration _configuration;
    readonly AcmeKey _key;
    readonly HttpClient _http;
    AcmeDirectory? _directory;
    string? _nonce;

    /// <param name="answerWithin">For each request; half a minute unless given.</param>
    /// <exception cref="MeshException">InvalidArgument: the file of roots cannot be used.</exception>
    public AcmeClient(AcmeConfiguration configuration, AcmeKey key, TimeSpan? answerWithin = null)
    {
        (_configuration, _key) = (configuration, key);
        _http = new(new SocketsHttpHandler { UseProxy = false, UseCookies = false, AllowAutoRedirect = false, SslOptions = new() { CertificateChainPolicy = PolicyOf(configuration.Trust) } })
        {
            Timeout = answerWithin ?? AnswerWithin,
            MaxResponseContentBufferSize = MostBytes,
        };
        // Asked for by RFC 8555, 6.1.
        _http.DefaultRequestHeaders.UserAgent.Add(new("meshmcp", null));
    }

    /// <summary>The account's URL; null before <see cref="OpenAsync"/>.</summary>
    public string? Account { get; private set; }

    /// <summary>What can be told wrong before anybody is asked.</summary>
    /// <exception cref="MeshException">InvalidArgument: the file of roots cannot be used.</exception>
    public static void Check(AcmeConfiguration configuration) => PolicyOf(configuration.Trust);

    /// <summary>Reads the directory, and makes the account or finds it again by its key.</summary>
    /// <exception cref="MeshException">The authority refuses, or does not answer as one.</exception>
    public async Task OpenAsync(CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, _configuration.Directory);
        _directory = Read(await SendAsync(request, ct), AcmeJson.Default.AcmeDirectory);
        if (_directory.Meta?.ExternalAccountRequired == true)
            throw new MeshException(ErrorKind.NotSupported, "The directory certifies only for accounts that were made elsewhere before (external account binding), which is not supported.", _configuration.Directory.Host, "Name another \"directory\".");
        if (_configuration.Profile is { } profile && _directory.Meta?.Profiles?.ContainsKey(profile) != true)
            throw new MeshException(ErrorKind.InvalidArgument, $"The directory has no profile '{profile}'; it has: {(_directory.Meta?.Profiles is { Count: > 0 } there ? string.Join(", ", there.Keys.Take(20).Select(AcmeRefusal.Plain)) : "none")}.", "profile", "Correct \"profile\", or leave it out.");
        Account = null;
        var wanted = new AccountRequest(true, _configuration.Contact is { } mail ? [$"mailto:{mail}"] : null);
        var made = await PostAsync(_directory.NewAccount, wanted, AcmeJson.Default.AccountRequest, ct);
        Account = Checked(made.Location, "the account").AbsoluteUri;
    }

    public async Task<(OrderState Order, string Url)> NewOrderAsync(OrderRequest wanted, CancellationToken ct)
    {
        var answer = await PostAsync(_directory!.NewOrder, wanted, AcmeJson.Default.OrderRequest, ct);
        return (Read(answer, AcmeJson.Default.OrderState), Checked(answer.Location, "the order").AbsoluteUri);
    }

    /// <summary>A signed request that says something.</summary>
    public Task<AcmeAnswer> PostAsync<T>(string? url, T payload, JsonTypeInfo<T> form, CancellationToken ct) => PostAsync(url, JsonSerializer.SerializeToUtf8Bytes(payload, form), ct);

    /// <summary>A signed request that only reads (POST-as-GET), and when to ask again.</summary>
    public async Task<(T State, TimeSpan? After)> GetAsync<T>(string? url, JsonTypeInfo<T> form, CancellationToken ct) where T : class
    {
        var answer = await GetAsync(url, ct);
        return (Read(answer, form), answer.After);
    }

    public Task<AcmeAnswer> GetAsync(string? url, CancellationToken ct) => PostAsync(url, [], ct);

    async Task<AcmeAnswer> PostAsync(string? url, byte[] payload, CancellationToken ct)
    {
        var to = Checked(url, "a request");
        for (var attempt = 1; ; attempt++)
        {
            if (_nonce is null) await FetchNonceAsync(ct);
            using var request = new HttpRequestMessage(HttpMethod.Post, to) { Content = new ByteArrayContent(_key.Signed(to.AbsoluteUri, _nonce!, Account, payload)) { Headers = { ContentType = Signed } } };
            _nonce = null;
            try
            {
                return await SendAsync(request, ct);
            }
            // Nonces grow old, and some authorities refuse good ones to try their clients: a new one came with the refusal.
            catch (AcmeRefusal refused) when (refused.Name == "badNonce" && attempt < MostNonces)
            {
            }
        }
    }

    async Task FetchNonceAsync(CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Head, Checked(_directory!.NewNonce, "newNonce"));
        await SendAsync(request, ct);
        if (_nonce is null) throw Odd("gives no nonce, without which nothing can be asked");
    }

    async Task<AcmeAnswer> SendAsync(HttpRequestMessage request, CancellationToken ct)
    {
        try
        {
            using var answer = await _http.SendAsync(request, ct);
            if (answer.Headers.TryGetValues("Replay-Nonce", out var nonces) && nonces.FirstOrDefault() is { } nonce && Nonce().IsMatch(nonce)) _nonce = nonce;
            var body = await answer.Content.ReadAsByteArrayAsync(ct);
            var after = After(answer.Headers.RetryAfter);
            if (answer.IsSuccessStatusCode) return new(body, answer.Headers.Location?.OriginalString, after);
            if (answer.StatusCode is >= HttpStatusCode.Moved and < HttpStatusCode.BadRequest) throw Odd($"redirects to '{AcmeRefusal.Plain(answer.Headers.Location?.OriginalString ?? "")}', which is not followed");
            throw answer.Content.Headers.ContentType?.MediaType == "application/problem+json" ? new AcmeRefusal("The authority refused", Read(new(body, null, null), AcmeJson.Default.AcmeProblem), _configuration.Directory, after)
                : Odd($"answered {(int)answer.StatusCode}");
        }
        catch (Exception e) when (e is HttpRequestException or IOException || (e is OperationCanceledException && !ct.IsCancellationRequested))
        {
            throw new MeshException(ErrorKind.Unavailable, $"{_configuration.Directory.Host} does not answer: {Innermost(e)}", _configuration.Directory.AbsoluteUri,
                "Check \"directory\", the name server, the clock, and that this machine reaches it; \"trust\" names the roots of a private one.", e);
        }
    }

    /// <summary>Only the directory's own host is spoken to, whatever its answers say.</summary>
    Uri Checked(string? url, string what) =>
        url is null ? throw Odd($"does not say where {what} goes")
        : Uri.TryCreate(url, UriKind.Absolute, out var to) && to.Scheme == Uri.UriSchemeHttps && to.UserInfo.Length == 0 && to.Authority == _configuration.Directory.Authority ? to
        : throw Odd($"sends {what} to '{AcmeRefusal.Plain(url)}', which is another host");

    T Read<T>(AcmeAnswer answer, JsonTypeInfo<T> form) where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(answer.Body, form) ?? throw Odd("answered null");
        }
        catch (JsonException e)
        {
            throw Odd("answered with something else than an ACME authority does", e);
        }
    }

    /// <summary>It speaks, but not as an authority.</summary>
    public MeshException Odd(string does, Exception? inner = null) => new(ErrorKind.Unavailable, $"{_configuration.Directory.Host} {does}.", _configuration.Directory.AbsoluteUri, "Check \"directory\": it is the URL of an ACME directory (RFC 8555).", inner);

    /// <summary>A date would be by the authority's clock: only a number counts.</summary>
    static TimeSpan? After(RetryConditionHeaderValue? after) => after?.Delta;

    static string Innermost(Exception e) => e is OperationCanceledException ? "it takes too long" : AcmeRefusal.Plain(e.GetBaseException().Message);

    static X509ChainPolicy PolicyOf(string? trust)
    {
        var policy = new X509ChainPolicy { RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true };
        if (trust is null) return policy;
        try
        {
            policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            policy.CustomTrustStore.ImportFromPemFile(trust);
            return policy.CustomTrustStore.Count > 0 ? policy : throw new CryptographicException("there is no certificate in it");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new MeshException(ErrorKind.InvalidArgument, $"The roots cannot be read: {e.Message}", trust, "\"trust\" must be a PEM file that the user of this role may read.", e);
        }
    }

    public void Dispose() => _http.Dispose();

    [GeneratedRegex(@"\A[A-Za-z0-9_-]{1,512}\z")]
    private static partial Regex Nonce();
}
