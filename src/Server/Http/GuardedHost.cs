using System.Threading.RateLimiting;
using MeshMcp.Contracts.Errors;
using MeshMcp.Server.Mcp;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Net.Http.Headers;

namespace MeshMcp.Server.Http;

/// <summary>The web server of every role that speaks HTTP: HTTP/1.1 on one port, guarded, limited, logging to standard error.</summary>
static class GuardedHost
{
    static readonly Refusal TooMany = new(StatusCodes.Status429TooManyRequests, Refusal.General, "Too many requests of this token run and wait already");

    /// <param name="isOpen">Requests that need no token.</param>
    /// <param name="isThere">Every path there is, where it is no secret which: probes of others get 404 and not a request for a token. Null: the role says so itself, behind the token.</param>
    /// <exception cref="MeshException">InvalidArgument: the settings would expose the server, or its certificate cannot be used.</exception>
    public static WebApplication Build(HttpSettings settings, Func<HttpRequest, bool> isOpen, Func<PathString, bool>? isThere, Action<IServiceCollection> addServices)
    {
        if (Exposure.Check(settings) is { Count: > 0 } problems)
            throw new MeshException(new MeshError(ErrorKind.InvalidArgument, "The server would be open to others", settings.Listen.ToString(), Problems: problems));

        var own = settings.Certificate is { } files ? TlsCertificate.Of(files) : null;
        // The empty builder: no listening address, limit or level may come from the environment or a file lying around.
        var builder = WebApplication.CreateEmptyBuilder(new() { ApplicationName = "meshmcp-server" });
        StandardError.AddTo(builder.Logging);
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration();
        builder.WebHost.UseSockets(sockets => sockets.CreateBoundListenSocket = ListenSocket.Create);
        builder.WebHost.ConfigureKestrel(kestrel => Configure(kestrel, settings));
        Add(builder.Services, settings);
        if (own is not null) builder.Services.AddSingleton(s => ShownCertificates.Of(own, settings.PublicCertificate, s.GetRequiredService<ILogger<TlsCertificate>>()));
        addServices(builder.Services);

        var app = builder.Build();
        app.UseMiddleware<HostGuard>();
        // Nothing else is looked at for these: what matches here and what a route matches must be the same.
        if (isThere is not null) app.Use((context, next) => isThere(context.Request.Path) ? next(context) : NotThereAsync(context));
        if (settings.AllowedOrigins is { Count: > 0 } origins) app.UseCors(cors => Share(cors, origins));
        if (settings.Tokens is null) app.UseMiddleware<BearerCheck>(isOpen);
        else app.UseMiddleware<BearerCheck>(isOpen, app.Services.GetRequiredService<TokenWatch>());
        app.UseRateLimiter();
        return app;
    }

    static Task NotThereAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }

    static void Add(IServiceCollection services, HttpSettings settings)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddRoutingCore().AddCors();
        services.AddSingleton(settings);
        if (settings.Tokens is { } tokens) services.AddSingleton(tokens).AddSingleton<TokenWatch>();
        services.Configure<HostOptions>(o => o.ShutdownTimeout = settings.Limits.Shutdown);
        services.AddRateLimiter(limiter => Limit(limiter, settings.Limits));
    }

    /// <summary>Pages of these origins may read the answers, which browsers otherwise keep from them.</summary>
    static void Share(CorsPolicyBuilder cors, IReadOnlyList<string> origins) => cors
        .WithOrigins([.. origins]).AllowAnyHeader()
        .WithMethods(HttpMethods.Post, HttpMethods.Get, HttpMethods.Delete)
        .WithExposedHeaders(McpEndpoint.SessionHeader, HeaderNames.WWWAuthenticate);

    static void Limit(RateLimiterOptions limiter, HttpLimits limits)
    {
        limiter.OnRejected = (rejected, _) =>
        {
            rejected.HttpContext.Response.Headers.RetryAfter = "1";
            return new(TooMany.WriteAsync(rejected.HttpContext));
        };
        var each = new ConcurrencyLimiterOptions { PermitLimit = limits.CallerRequests, QueueLimit = limits.CallerWaiting };
        limiter.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, string>(context =>
            RateLimitPartition.GetConcurrencyLimiter(context.Features.GetRequiredFeature<Caller>().Name, _ => each));
    }

    static void Configure(KestrelServerOptions kestrel, HttpSettings settings)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = settings.Limits.BodyBytes;
        kestrel.Limits.MaxConcurrentConnections = settings.Limits.Connections;
        kestrel.Limits.RequestHeadersTimeout = settings.Limits.Headers;
        var time = kestrel.ApplicationServices.GetRequiredService<TimeProvider>();
        var shown = kestrel.ApplicationServices.GetService<ShownCertificates>();
        kestrel.Listen(settings.Listen, listen =>
        {
            // "Connection: close" must close the connection, and HTTP/2 has no such answer.
            listen.Protocols = HttpProtocols.Http1;
            ConnectionClock.AddTo(listen, time);
            if (shown is not null) listen.UseHttps(new TlsHandshakeCallbackOptions { OnConnection = hello => new(shown.For(hello.ClientHelloInfo.ServerName)) });
        });
    }
}
