using System.Net;
using System.Net.Http.Json;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.Trust;
using MeshMcp.Server.Api;
using MeshMcp.Server.Http;
using Microsoft.AspNetCore.Builder;

namespace MeshMcp.IntegrationTests.Server;

/// <summary>The API for given nodes on a loopback port, and a client with a token of scope admin.</summary>
sealed class ApiCaller : IAsyncDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("meshmcp-api-").FullName;
    readonly WebApplication _app;
    readonly TokenFile _tokens;
    readonly string _token;

    ApiCaller(IReadOnlyDictionary<string, NodeEndpoint> nodes)
    {
        _tokens = new(Path.Combine(_folder, "tokens.json"), TimeProvider.System);
        _token = _tokens.Create("operator", [Scope.Admin]);
        _app = ApiHost.Build(new(new(IPAddress.Loopback, 0), Tokens: _tokens), new(nodes));
    }

    public HttpClient Http { get; private set; } = null!;

    public static async Task<ApiCaller> StartAsync(params IEnumerable<(string Name, NodeEndpoint Endpoint)> nodes)
    {
        var caller = new ApiCaller(nodes.ToDictionary(n => n.Name, n => n.Endpoint));
        await caller._app.StartAsync();
        caller.Http = new() { BaseAddress = new(caller._app.Urls.Single()) };
        return caller;
    }

    /// <summary>A token of its own for somebody who may less.</summary>
    public string TokenOf(string name, Scope scope, params string[] nodes) => _tokens.Create(name, [scope], nodes: nodes.Length == 0 ? null : nodes);

    public void Revoke(string name) => _tokens.Revoke(name);

    /// <summary>The lines of an answer that stays open, as they come.</summary>
    public async IAsyncEnumerable<string> ListenAsync(string path, string token, [EnumeratorCancellation] CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Authorization = new("Bearer", token);
        request.Headers.TryAddWithoutValidation("Accept", "text/event-stream");
        using var answer = await Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(ct));
        while (await reader.ReadLineAsync(ct) is { } line) yield return line;
    }

    /// <param name="body">JSON, or a value that becomes JSON.</param>
    /// <param name="token">Null: the operator's; empty: none.</param>
    public async Task<ApiAnswer> SendAsync(string method, string path, object? body = null, string? token = null, string? ifMatch = null, string accept = "application/json", CancellationToken ct = default)
    {
        using var request = new HttpRequestMessage(new(method), path);
        if (body is string text) request.Content = new StringContent(text, Encoding.UTF8, "application/json");
        else if (body is not null) request.Content = JsonContent.Create(body);
        if (token != "") request.Headers.Authorization = new("Bearer", token ?? _token);
        if (ifMatch is not null) request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        request.Headers.TryAddWithoutValidation("Accept", accept);
        using var answer = await Http.SendAsync(request, ct);
        return new((int)answer.StatusCode, answer.Content.Headers.ContentType?.MediaType, answer.Headers.ETag?.Tag, answer.Headers.ConnectionClose == true, await answer.Content.ReadAsStringAsync(ct));
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}

sealed record ApiAnswer(int Status, string? Type, string? ETag, bool Closes, string Text)
{
    public JsonElement Body => JsonDocument.Parse(Text).RootElement;

    /// <summary>A member of the body, as text.</summary>
    public string? this[string name] => Body.TryGetProperty(name, out var value) ? value.ToString() : null;

    /// <summary>Path and message of each problem.</summary>
    public IReadOnlyList<string> Problems => [.. Body.GetProperty("problems").EnumerateArray().Select(p => $"{p.GetProperty("path").GetString()}: {p.GetProperty("message").GetString()}")];
}
