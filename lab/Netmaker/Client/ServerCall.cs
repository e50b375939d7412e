using System.Net.Http.Headers;
using System.Text.Json;
using MeshMcp.NetmakerStandIn.Shapes;

namespace MeshMcp.NetmakerStandIn.Client;

/// <summary>The server answered an error.</summary>
sealed class ServerError(int code, string message) : Exception(message)
{
    public int Code => code;
}

/// <summary>Calls to the server's API. Always https: the real one knows no other. Trusts what the system trusts, and SSL_CERT_FILE.</summary>
sealed class ServerCall(string api) : IDisposable
{
    readonly HttpClient http = new() { BaseAddress = new($"https://{api}/"), Timeout = TimeSpan.FromSeconds(10) };

    public async Task AuthenticateAsync(ClientHost host)
    {
        var answer = await CallAsync<Answer>(HttpMethod.Post, "api/hosts/adm/authenticate", new { id = host.Id, password = host.HostPass, macaddress = "" });
        var login = ((JsonElement)answer.Response!).GetProperty("AuthToken").GetString();
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", login);
    }

    /// <exception cref="ServerError">It answered something else than 200.</exception>
    /// <exception cref="HttpRequestException">It did not answer.</exception>
    public async Task<T> CallAsync<T>(HttpMethod method, string path, object? body = null)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null) request.Content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(body, body.GetType(), WireJson.Options));
        using var response = await http.SendAsync(request);
        var content = await response.Content.ReadAsByteArrayAsync();
        if (response.IsSuccessStatusCode) return content.Length == 0 ? default! : JsonSerializer.Deserialize<T>(content, WireJson.Options)!;
        throw new ServerError((int)response.StatusCode, MessageIn(content));
    }

    public void Dispose() => http.Dispose();

    static string MessageIn(byte[] content)
    {
        try
        {
            return JsonSerializer.Deserialize<Answer>(content, WireJson.Options)?.Message ?? "";
        }
        catch (JsonException)
        {
            return System.Text.Encoding.UTF8.GetString(content).Trim();
        }
    }
}
