using System.Threading.RateLimiting;
using MeshMcp.Contracts.Errors;
using MeshMcp.Server.Mcp;
using MeshMcp.Server.Mcp.Filters;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Net.Http.Headers;

namespace MeshMcp.Server.Http;

/// <summary>The web server around a <see cref="McpSurface"/>: HTTP/1.1 on one port, guarded, limited, logging to standard error.</summary>
public static class HttpHost
{
    public const string HealthPath = "/healthz";

    static readonly Refusal TooMany = new(StatusCodes.Status429TooManyRequests, Refusal.General, "Too many requests of this token run and wait already");

    /// <exception cref="MeshException">InvalidArgument: the settings would expose the server, or its certificate cannot be used.</exception>
    public static WebApplication Build(HttpSettings settings, McpSurface surface)
    {
        if (Exposure.Check(settings) is { Count: > 0 } problems)
            throw new MeshException(new MeshError(ErrorKind.InvalidArgument, "The server would be open to others", settings.Listen.ToString(), Problems: problems));

        var certificate = settings.Certificate is { } files ? TlsCertificate.Load(files) : null;
        // The empty builder: no listening address, limit or level may come from the environment or a file lying around.
        var builder = WebApplication.CreateEmptyBuilder(new() { ApplicationName = "meshmcp-server" });
        StandardError.AddTo(builder.Logging);
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration();
        builder.WebHost.UseSockets(sockets => sockets.CreateBoundListenSocket = ListenSocket.Create);
        builder.WebHost.ConfigureKestrel(kestrel => Configure(kestrel, settings, certificate));
        Add(builder.Services, settings, surface);
        surface.AddServices(builder.Services);

        var app = builder.Build();
        app.UseMiddleware<HostGuard>();
        if (settings.AllowedOrigins is { Count: > 0 } origins) app.UseCors(cors => Share(cors, origins));
        if (settings.Tokens is null) app.UseMiddleware<BearerCheck>();
        else app.UseMiddleware<BearerCheck>(app.Services.GetRequiredService<TokenWatch>());
        app.UseRateLimiter();
        app.MapGet(HealthPath, (RequestDelegate)(context => context.Response.WriteAsync("ok\n", context.RequestAborted)));
        ResourceMetadata.Map(app);
        app.Services.GetRequiredService<McpEndpoint>().Map(app);
        app.Lifetime.ApplicationStopping.Register(app.Services.GetRequiredService<ListenHub>().Close);
        return app;
    }

    static void Add(IServiceCollection services, HttpSettings settings, McpSurface surface)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddRoutingCore().AddCors();
        services.AddSingleton(settings).AddSingleton(settings.Sessions).AddSingleton(surface);
        services.AddSingleton<CallFilters>().AddSingleton<ListenHub>().AddSingleton<Dialects>().AddSingleton<StatelessExchange>().AddSingleton<McpEndpoint>();
        services.AddSingleton<LegacySessions>().AddHostedService(s => s.GetRequiredService<LegacySessions>());
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

    static void Configure(KestrelServerOptions kestrel, HttpSettings settings, TlsCertificate? certificate)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = settings.Limits.BodyBytes;
        kestrel.Limits.MaxConcurrentConnections = settings.Limits.Connections;
        kestrel.Limits.RequestHeadersTimeout = settings.Limits.Headers;
        var time = kestrel.ApplicationServices.GetRequiredService<TimeProvider>();
        kestrel.Listen(settings.Listen, listen =>
        {
            // "Connection: close" must close the connection, and HTTP/2 has no such answer.
            listen.Protocols = HttpProtocols.Http1;
            ConnectionClock.AddTo(listen, time);
            if (certificate is not null) listen.UseHttps(https => (https.ServerCertificate, https.ServerCertificateChain) = (certificate.Own, certificate.Chain));
        });
    }
}
