using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Serialization.Metadata;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Trust;

namespace MeshMcp.HostBridge.Host;

/// <summary>What an HTTP API answered.</summary>
public sealed record ApiAnswer(int Status, byte[] Content);

/// <summary>Calls another program's HTTPS API with a bearer token. Believes what the system believes, and certificates of the mesh's own authority.</summary>
public sealed class JsonApi : IDisposable
{
    /// <summary>Where a node keeps the mesh's authority; a node without one believes the system alone.</summary>
    public const string Authority = "/etc/meshmcp/ca.crt";

    readonly HttpClient _http = new(new SocketsHttpHandler
    {
        ConnectTimeout = TimeSpan.FromSeconds(3),
        PooledConnectionLifetime = TimeSpan.FromMinutes(1),
        AllowAutoRedirect = false,
        UseProxy = false,
        SslOptions = { RemoteCertificateValidationCallback = Believes },
    })
    { Timeout = Timeout.InfiniteTimeSpan };

    /// <exception cref="MeshException">Unavailable: it does not answer, or its certificate is not believed. Timeout: not in time.</exception>
    public async Task<ApiAnswer> CallAsync(HttpMethod method, Uri uri, string? bearer, HttpContent? body, TimeSpan within, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(within);
        using var request = new HttpRequestMessage(method, uri) { Content = body };
        if (bearer is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", bearer);
        try
        {
            using var response = await _http.SendAsync(request, limit.Token);
            return new((int)response.StatusCode, await response.Content.ReadAsByteArrayAsync(limit.Token));
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            throw new MeshException(ErrorKind.Timeout, $"{uri.Authority} did not answer within {within.TotalSeconds:0} s.", uri.Authority);
        }
        catch (HttpRequestException e)
        {
            throw new MeshException(ErrorKind.Unavailable, $"{uri.Authority} cannot be reached: {e.InnerException?.Message ?? e.Message}", uri.Authority, inner: e);
        }
    }

    public static HttpContent Body<T>(T body, JsonTypeInfo<T> type) => System.Net.Http.Json.JsonContent.Create(body, type);

    public void Dispose() => _http.Dispose();

    static bool Believes(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (errors == SslPolicyErrors.None) return true;
        if (errors != SslPolicyErrors.RemoteCertificateChainErrors || certificate is null || !File.Exists(Authority)) return false;
        using var ours = new X509Chain { ChainPolicy = TrustStore.FromPem(File.ReadAllText(Authority)).Chain() };
        ours.ChainPolicy.VerificationFlags = X509VerificationFlags.NoFlag;
        return ours.Build((X509Certificate2)certificate);
    }
}
