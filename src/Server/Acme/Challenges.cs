using System.Collections.Concurrent;
using System.Net;
using MeshMcp.Contracts.Errors;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace MeshMcp.Server.Acme;

/// <summary>
/// Answers what an authority asks on port 80 (HTTP-01), while an order runs and no longer: under the token of a challenge that is pending what belongs there,
/// and 404 to everybody about everything else.
/// </summary>
sealed class Challenges : IAsyncDisposable
{
    const string Folder = "/.well-known/acme-challenge/";
    const int MostConnections = 64, LongestLine = 1024, LongestHeaders = 8192;
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    readonly ConcurrentDictionary<string, string> _answers = new();
    readonly WebApplication _app;

    Challenges(IPEndPoint listen)
    {
        // Without a log: what strangers send is of no interest, and why it cannot listen is told by who wanted to.
        var builder = WebApplication.CreateEmptyBuilder(new() { ApplicationName = "meshmcp-server" });
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => Configure(kestrel, listen));
        builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = Patience);
        _app = builder.Build();
        _app.Run(AnswerAsync);
    }

    /// <summary>Where it listens, with the port that it got.</summary>
    public string Url => _app.Urls.Single();

    /// <exception cref="MeshException">Unavailable: the address is taken, or this user may not listen there.</exception>
    public static async Task<Challenges> ListenAsync(IPEndPoint listen)
    {
        var challenges = new Challenges(listen);
        try
        {
            await challenges._app.StartAsync();
            return challenges;
        }
        catch (Exception e) when (e is IOException or System.Net.Sockets.SocketException)
        {
            await challenges.DisposeAsync();
            throw new MeshException(ErrorKind.Unavailable, $"Cannot listen for the authority's question: {e.Message}", listen.ToString(),
                $"Free the port, or name another \"listen\" to which port 80 leads; a web server that is there may pass on {Folder}.", e);
        }
    }

    /// <summary>Until it is disposed of.</summary>
    public IDisposable Answer(string token, string answer)
    {
        _answers[token] = answer;
        return new Pending(() => _answers.TryRemove(token, out _));
    }

    Task AnswerAsync(HttpContext context)
    {
        context.Response.Headers.Connection = "close";
        var (request, path) = (context.Request, context.Request.Path.Value ?? "");
        if (HttpMethods.IsGet(request.Method) && path.StartsWith(Folder, StringComparison.Ordinal) && _answers.TryGetValue(path[Folder.Length..], out var answer))
        {
            context.Response.ContentType = "application/octet-stream";
            return context.Response.WriteAsync(answer, context.RequestAborted);
        }
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }

    static void Configure(KestrelServerOptions kestrel, IPEndPoint listen)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxConcurrentConnections = MostConnections;
        kestrel.Limits.MaxRequestBodySize = 0;
        kestrel.Limits.MaxRequestLineSize = LongestLine;
        kestrel.Limits.MaxRequestHeadersTotalSize = LongestHeaders;
        kestrel.Limits.RequestHeadersTimeout = Patience;
        kestrel.Limits.KeepAliveTimeout = Patience;
        kestrel.Listen(listen, o => o.Protocols = HttpProtocols.Http1);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    sealed class Pending(Action end) : IDisposable
    {
        public void Dispose() => end();
    }
}
