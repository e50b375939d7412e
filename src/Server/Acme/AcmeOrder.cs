using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.RegularExpressions;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Trust;

namespace MeshMcp.Server.Acme;

/// <summary>One order, from the account to the certificate in hand. Nothing is written here: what is refused half-way leaves no trace.</summary>
sealed partial class AcmeOrder(AcmeClient client, AcmeKey key, AcmeConfiguration configuration, Challenges challenges, TimeProvider time)
{
    const string Challenge = "http-01";
    const int MostCertificates = 10;
    static readonly TimeSpan Whole = TimeSpan.FromMinutes(10), ShortestPause = TimeSpan.FromMilliseconds(500), LongestPause = TimeSpan.FromSeconds(30);

    /// <summary>Proves every name and has them certified for a new key.</summary>
    /// <exception cref="MeshException">The authority refuses (<see cref="AcmeRefusal"/>), does not answer, or gave something else than was asked for.</exception>
    public async Task<IssuedCertificate> ObtainAsync(CancellationToken ct)
    {
        using var limit = new CancellationTokenSource(Whole, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(ct, limit.Token);
        try
        {
            return await RunAsync(both.Token);
        }
        catch (OperationCanceledException e) when (!ct.IsCancellationRequested)
        {
            throw new MeshException(ErrorKind.Timeout, $"The order was not done within {Whole.TotalMinutes:0} minutes.", configuration.Directory.Host, inner: e);
        }
    }

    async Task<IssuedCertificate> RunAsync(CancellationToken ct)
    {
        await client.OpenAsync(ct);
        var (order, url) = await client.NewOrderAsync(new([.. configuration.Names.Select(IdentifierOf)], configuration.Profile), ct);
        if (order.Authorizations is not { Count: > 0 } authorizations || authorizations.Count > configuration.Names.Count) throw client.Odd("wants another number of names proven than were asked for");
        foreach (var authorization in authorizations) await ProveAsync(authorization, ct);
        order = await StatusAsync(url, "pending", ct);

        using var own = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        if (order.Status == "ready") await client.PostAsync(order.Finalize, new FinalizeRequest(Base64Url.EncodeToString(RequestFor(own))), AcmeJson.Default.FinalizeRequest, ct);
        // A moment later it may still say that it is ready.
        for (var again = 0; (order = await StatusAsync(url, "processing", ct)).Status == "ready" && again < MostCertificates; again++) await Task.Delay(ShortestPause, time, ct);
        if (order.Status != "valid") throw client.Odd($"leaves the order '{AcmeRefusal.Plain(order.Status ?? "")}'");
        return Judge(Encoding.ASCII.GetString((await client.GetAsync(order.Certificate, ct)).Body), own);
    }

    static AcmeIdentifier IdentifierOf(string name) => new(IPAddress.TryParse(name, out _) ? "ip" : "dns", name);

    async Task ProveAsync(string url, CancellationToken ct)
    {
        var (authorization, after) = await client.GetAsync(url, AcmeJson.Default.AuthorizationState, ct);
        if (authorization.Status == "valid") return;
        var name = AcmeRefusal.Plain(authorization.Identifier?.Value ?? "?");
        var offered = authorization.Challenges ?? [];
        if (offered.FirstOrDefault(c => c.Type == Challenge) is not { } challenge)
            throw new MeshException(ErrorKind.NotSupported, $"The authority does not let {name} be proven over port 80 ({Challenge}); it offers {string.Join(", ", offered.Take(10).Select(c => AcmeRefusal.Plain(c.Type ?? "?")))}.", name, "Name another \"directory\", or leave this name out.");
        if (challenge.Token is not { } token || !Token().IsMatch(token)) throw client.Odd("gives a token that is none");

        using var answered = challenges.Answer(token, key.Answer(token));
        await client.PostAsync(challenge.Url, new ReadyRequest(), AcmeJson.Default.ReadyRequest, ct);
        do
        {
            await PauseAsync(after, ct);
            (authorization, after) = await client.GetAsync(url, AcmeJson.Default.AuthorizationState, ct);
        }
        while (authorization.Status == "pending");
        if (authorization.Status == "valid") return;
        var why = authorization.Challenges?.FirstOrDefault(c => c.Error is not null)?.Error ?? new(null, $"it is '{authorization.Status}'", null, null);
        throw new AcmeRefusal($"{name} could not be proven", why, configuration.Directory);
    }

    /// <summary>The order as soon as it is no more what it is <paramref name="still"/>.</summary>
    async Task<OrderState> StatusAsync(string url, string still, CancellationToken ct)
    {
        while (true)
        {
            var (order, after) = await client.GetAsync(url, AcmeJson.Default.OrderState, ct);
            if (order.Status == "invalid") throw new AcmeRefusal("The order was refused", order.Error ?? new(null, "the authority does not say why", null, null), configuration.Directory);
            if (order.Status != still) return order;
            await PauseAsync(after, ct);
        }
    }

    Task PauseAsync(TimeSpan? asked, CancellationToken ct) => Task.Delay(asked is not { } pause || pause < ShortestPause ? ShortestPause : pause > LongestPause ? LongestPause : pause, time, ct);

    byte[] RequestFor(ECDsa own)
    {
        var request = new CertificateRequest(new X500DistinguishedName(""), own, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        foreach (var name in configuration.Names)
            if (IPAddress.TryParse(name, out var address)) names.AddIpAddress(address);
            else names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        return request.CreateSigningRequest();
    }

    /// <summary>Before anything is replaced by it: it must be of our key, for every name, and valid now.</summary>
    IssuedCertificate Judge(string pem, ECDsa own)
    {
        try
        {
            X509Certificate2Collection chain = [];
            chain.ImportFromPem(pem);
            if (chain.Count is 0 or > MostCertificates) throw client.Odd($"gave {chain.Count} certificates");
            var keyPem = own.ExportPkcs8PrivateKeyPem();
            using var pair = X509Certificate2.CreateFromPem(chain[0].ExportCertificatePem(), keyPem);
            if (configuration.Names.FirstOrDefault(n => !pair.MatchesHostname(n, allowWildcards: false, allowCommonName: false)) is { } missing) throw client.Odd($"gave a certificate that is not for {missing}");
            var (begins, ends, now) = (new DateTimeOffset(pair.NotBefore), new DateTimeOffset(pair.NotAfter), time.GetUtcNow());
            if (now < begins || now >= ends) throw client.Odd($"gave a certificate that is valid from {begins.UtcDateTime:u} to {ends.UtcDateTime:u}, and this machine's clock says {now.UtcDateTime:u}");
            return new(string.Join('\n', chain.Select(c => c.ExportCertificatePem())), keyPem, ends);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw client.Odd($"gave something that is no certificate of ours ({e.Message})", e);
        }
    }

    [GeneratedRegex(@"\A[A-Za-z0-9_-]{16,256}\z")]
    private static partial Regex Token();
}
