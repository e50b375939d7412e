using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Joining;
using MeshMcp.Server.Enrollment;
using MeshMcp.Server.Mcp;
using MeshMcp.Server.Mcp.Filters;
using MeshMcp.Server.Roles;

namespace MeshMcp.Server.Http;

/// <summary>The web server around a <see cref="McpSurface"/>.</summary>
public static class HttpHost
{
    public const string HealthPath = "/healthz";

    /// <summary>The methods of what is only read.</summary>
    internal static readonly string[] Looking = [HttpMethods.Get, HttpMethods.Head];

    /// <summary>Anyone may read it, so the log has the reason.</summary>
    public const string NobodyEnters = "the tokens file cannot be read, so nobody is let in; the log says why";

    /// <param name="enroll">Opens <c>/enroll</c>, for machines that join the mesh.</param>
    /// <exception cref="MeshException">InvalidArgument: the settings would expose the server, or its certificate cannot be used.</exception>
    public static WebApplication Build(HttpSettings settings, McpSurface surface, EnrollDoor? enroll = null)
    {
        settings = settings with { DashboardPort = ApiRole.DefaultListen.Port };
        var app = GuardedHost.Build(settings, request => IsOpen(request.Path, enroll), path => path == McpEndpoint.Path || IsOpen(path, enroll), services =>
        {
            Add(services, settings, surface);
            if (enroll is not null) services.AddSingleton(enroll).AddSingleton<EnrollEndpoint>();
            surface.AddServices(services);
        });
        app.MapMethods(HealthPath, Looking, (RequestDelegate)HealthAsync);
        ResourceMetadata.Map(app);
        McpEndpoint.Map(app);
        app.Services.GetService<EnrollEndpoint>()?.Map(app);
        app.Lifetime.ApplicationStopping.Register(app.Services.GetRequiredService<ListenHub>().Close);
        return app;
    }

    static bool IsOpen(PathString path, EnrollDoor? enroll) =>
        ResourceMetadata.IsAt(path) || path == HealthPath || enroll is not null && (path == EnrollEndpoint.Path || path == EnrollEndpoint.Path + EnrollmentClient.RevokedPath);

    static Task HealthAsync(HttpContext context)
    {
        if (context.RequestServices.GetService<TokenWatch>()?.Problem is null) return context.Response.WriteAsync("ok\n", context.RequestAborted);
        context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        return context.Response.WriteAsync($"{NobodyEnters}\n", context.RequestAborted);
    }

    static void Add(IServiceCollection services, HttpSettings settings, McpSurface surface)
    {
        services.AddSingleton(surface).AddSingleton<CallFilters>().AddSingleton<ListenHub>().AddSingleton<Dialects>();
        McpEndpoint.AddTo(services, settings.Sessions);
    }
}
