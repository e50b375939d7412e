using System.Net;
using System.Net.Http.Json;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.Trust;

namespace MeshMcp.Contracts.Joining;

/// <summary>
/// Asks a server of the mesh for a certificate. The authority's certificate is fetched first, over a connection that is trusted with nothing,
/// and must have the fingerprint we know; the request, with its secret, goes only to a server that this authority certified.
/// </summary>
public sealed class EnrollmentClient(string url, TimeProvider time)
{
    static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(30);
    const int MaxAnswerBytes = 256 * 1024;

    /// <summary>
    /// What is asked for in the handshake, whatever the address: no certificate of a public authority is for it, so that the server shows the mesh's own.
    /// </summary>
    public const string ServerName = "enroll.meshmcp.internal";

    /// <summary>Beneath the address where a mesh enrolls.</summary>
    public const string RevokedPath = "/revoked";

    readonly Uri _url = new(EnrollmentUrl.Checked(url));

    /// <summary>TLS is the connection's matter (<see cref="OpenAsync"/>): the handler's own asks for the host of the address.</summary>
    Uri Spoken(string more = "") => new UriBuilder(_url) { Scheme = Uri.UriSchemeHttp, Port = _url.Port, Path = _url.AbsolutePath.TrimEnd('/') + more }.Uri;

    /// <summary>The server that answered last, as its certificate says.</summary>
    public MeshIdentity? Server { get; private set; }

    /// <summary>The authority's certificate as PEM.</summary>
    /// <exception cref="MeshException">PermissionDenied: it is not the one with <paramref name="fingerprint"/>. Unavailable: nobody answers, or no mesh.</exception>
    public async Task<string> AuthorityAsync(string fingerprint, CancellationToken ct)
    {
        var pem = await AskAsync(_ => true, async (http, limit) =>
        {
            using var answer = await http.GetAsync(Spoken(), limit);
            if (!answer.IsSuccessStatusCode) throw new MeshException(await ErrorAsync(answer, limit));
            return await answer.Content.ReadAsStringAsync(limit);
        }, ct);
        try
        {
            using var certificate = X509Certificate2.CreateFromPem(pem);
            if (CryptographicOperations.FixedTimeEquals(certificate.GetCertHash(HashAlgorithmName.SHA256), Convert.FromHexString(fingerprint))) return certificate.ExportCertificatePem();
        }
        catch (Exception e) when (e is CryptographicException or FormatException or ArgumentException)
        {
            throw new MeshException(ErrorKind.PermissionDenied, $"What {_url} shows is no authority of a mesh.", url, "Check the address in the invitation.", e);
        }
        throw new MeshException(ErrorKind.PermissionDenied, $"{_url} belongs to another mesh than the invitation: the authority's fingerprint differs.", url,
            "Nothing was sent. Check the address; if it is right, somebody stands between, or the authority was replaced: ask for a new invitation.");
    }

    /// <summary>What is revoked. It is signed by the authority, so it does not matter who tells it.</summary>
    /// <exception cref="MeshException">PermissionDenied: it is not signed by <paramref name="authority"/>. Unavailable.</exception>
    public async Task<RevocationList> RevocationsAsync(TrustStore authority, CancellationToken ct)
    {
        var list = await AskAsync(_ => true, async (http, limit) =>
        {
            using var answer = await http.GetAsync(Spoken(RevokedPath), limit);
            if (!answer.IsSuccessStatusCode) throw new MeshException(await ErrorAsync(answer, limit));
            return await answer.Content.ReadFromJsonAsync(MeshJson.Default.RevocationList, limit) ?? throw new JsonException("The answer is empty.");
        }, ct);
        return list.Number == 0 || authority.Made(list) ? list
            : throw new MeshException(ErrorKind.PermissionDenied, $"What {_url} says is revoked is not signed by the mesh's authority.", url, "Check the address.");
    }

    /// <summary>Sends the request to a server that <paramref name="authority"/> (PEM) certified.</summary>
    /// <exception cref="MeshException">The refusal of the node that signs; PermissionDenied for a server that is not of the mesh; Unavailable.</exception>
    public Task<Enrolled> EnrollAsync(string authority, EnrollRequest request, CancellationToken ct)
    {
        var trust = TrustStore.FromPem(authority);
        PeerVerification? verdict = null;
        return AskAsync(certificate =>
        {
            verdict = trust.Verify(certificate, MeshRole.Server, null, time.GetUtcNow());
            Server = (verdict as PeerVerification.Accepted)?.Identity;
            return Server is not null;
        }, async (http, limit) =>
        {
            using var answer = await http.PostAsync(Spoken(), JsonContent.Create(request, MeshJson.Default.EnrollRequest), limit);
            if (!answer.IsSuccessStatusCode) throw new MeshException(await ErrorAsync(answer, limit));
            return await answer.Content.ReadFromJsonAsync(MeshJson.Default.Enrolled, limit) ?? throw new JsonException("The answer is empty.");
        }, ct, () => verdict as PeerVerification.Refused);
    }

    async Task<T> AskAsync<T>(Func<X509Certificate2?, bool> trusts, Func<HttpClient, CancellationToken, Task<T>> ask, CancellationToken ct, Func<PeerVerification.Refused?>? refused = null)
    {
        using var handler = new SocketsHttpHandler { UseProxy = false, UseCookies = false, AllowAutoRedirect = false, ConnectCallback = (context, limit) => OpenAsync(context.DnsEndPoint, trusts, limit) };
        using var http = new HttpClient(handler) { Timeout = AnswerWithin, MaxResponseContentBufferSize = MaxAnswerBytes };
        try
        {
            return await ask(http, ct);
        }
        catch (HttpRequestException e) when (refused?.Invoke() is { } why)
        {
            throw new MeshException(ErrorKind.PermissionDenied, $"The server at {_url} is not trusted: its certificate {why.Message}.", url,
                $"Nothing was sent. {why.Hint} A proxy that ends TLS with another certificate cannot stand before /enroll.", e);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or JsonException or AuthenticationException || (e is OperationCanceledException && !ct.IsCancellationRequested))
        {
            throw new MeshException(ErrorKind.Unavailable, $"{_url} does not answer as a server that enrolls: {e.Message}", url, "Check the address, and that the server runs and names a node under \"enroll\".", e);
        }
    }

    static async ValueTask<Stream> OpenAsync(DnsEndPoint address, Func<X509Certificate2?, bool> trusts, CancellationToken ct)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(address, ct);
            var tls = new SslStream(new NetworkStream(socket, ownsSocket: true));
            await tls.AuthenticateAsClientAsync(Options(trusts), ct);
            return tls;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    static SslClientAuthenticationOptions Options(Func<X509Certificate2?, bool> trusts) => new()
    {
        TargetHost = ServerName,
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        AllowTlsResume = false,
        CertificateChainPolicy = new() { DisableCertificateDownloads = true, RevocationMode = X509RevocationMode.NoCheck },
        RemoteCertificateValidationCallback = (_, certificate, _, _) => trusts(certificate as X509Certificate2),
    };

    /// <summary>The mesh's own form of a refusal, or that of the host layer around it (JSON-RPC).</summary>
    static async Task<MeshError> ErrorAsync(HttpResponseMessage answer, CancellationToken ct)
    {
        var text = await answer.Content.ReadAsStringAsync(ct);
        try
        {
            using var document = JsonDocument.Parse(text);
            if (document.RootElement.TryGetProperty("kind", out _) && JsonSerializer.Deserialize(text, MeshJson.Default.MeshError) is { } error) return error;
            if (document.RootElement.TryGetProperty("error", out var inner) && inner.TryGetProperty("message", out var message))
                return new(ErrorKind.PermissionDenied, $"The server refused: {message.GetString()}", "url", "Ask the operator of the server.");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Not ours: the status says what can be said.
        }
        return (int)answer.StatusCode == 404
            ? new(ErrorKind.NotFound, "This server enrolls no nodes.", "url", "Name the node that holds the authority under \"enroll\" in the server's configuration.")
            : new(ErrorKind.Unavailable, $"The server answered {(int)answer.StatusCode}.", "url", "Check the address; look at the server's log.");
    }
}
