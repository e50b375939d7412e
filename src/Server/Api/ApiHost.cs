using System.Text.Json.Serialization;
using System.Text.Json;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Server.Dashboard;
using MeshMcp.Server.Http;
using MeshMcp.Server.Mcp.Filters;
using MeshMcp.Server.Mcp;
using MeshMcp.Server.Nodes;
using MeshMcp.Server.Roles;
using MeshMcp.Tools.Calls;
using MeshMcp.Tools;

namespace MeshMcp.Server.Api;

/// <summary>The web server of role <c>api</c>: REST under <c>/v1</c>, the dashboard, and its health.</summary>
public static class ApiHost
{
    /// <param name="approvals">Who may approve a step that nothing can undo, as over MCP.</param>
    public static WebApplication Build(HttpSettings settings, NodeSources sources, ApprovalPolicy approvals = ApprovalPolicy.Ask)
    {
        var surface = MeshSurface.Of(sources, approvals, MeshTools.ToolsetNames);
        var app = GuardedHost.Build(settings, IsOpen, null, services =>
        {
            services.AddSingleton<RefusalForm>(ApiFaults.RefusedAsync);
            services.AddSingleton(surface).AddSingleton<CallFilters>().AddSingleton<ListenHub>().AddSingleton<Dialects>();
            services.AddSingleton<ToolExchange>().AddSingleton(s => new ApiRoutes(s.GetRequiredService<ToolExchange>().Tools)).AddSingleton<ApiEndpoint>().AddSingleton<TopologyStream>().AddSingleton<OnceEndpoint>().AddSingleton<NodeCount>();
            surface.AddServices(services);
        });
        app.Use(KeepToOurselvesAsync);
        app.Services.GetRequiredService<ApiEndpoint>().Map(app);
        app.Services.GetRequiredService<TopologyStream>().Map(app);
        app.Services.GetRequiredService<OnceEndpoint>().Map(app);
        var description = OpenApi.Of(app.Services.GetRequiredService<ToolExchange>().Tools);
        app.MapGet(OpenApi.Path, (RequestDelegate)(context => ApiAnswers.JsonAsync(context, description)));
        app.MapMethods(HttpHost.HealthPath, HttpHost.Looking, (RequestDelegate)(async context =>
        {
            var nodes = await app.Services.GetRequiredService<NodeCount>().NowAsync().WaitAsync(context.RequestAborted);
            var problem = context.RequestServices.GetService<TokenWatch>()?.Problem is null ? null : HttpHost.NobodyEnters;
            if (problem is not null) context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            await context.Response.WriteAsJsonAsync(new Health("api", ServerRoles.Version, nodes, problem), HealthJson.Default.Health, cancellationToken: context.RequestAborted);
        }));
        DashboardFiles.Map(app);
        app.MapFallback((RequestDelegate)ApiFaults.NowhereAsync);
        return app;
    }

    /// <summary>Files that are read hold nothing of the mesh; a link is the right to what it opens.</summary>
    static bool IsOpen(HttpRequest request) => request.Path == HttpHost.HealthPath
        || (HttpMethods.IsPost(request.Method) ? request.Path == Handover.Page : (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method)) && DashboardFiles.Has(request.Path));

    /// <summary>No page of another site shows, caches, or guesses at what is answered here.</summary>
    static Task KeepToOurselvesAsync(HttpContext context, RequestDelegate next)
    {
        var headers = context.Response.Headers;
        headers.CacheControl = "no-store";
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers.ContentSecurityPolicy = DashboardFiles.Policy;
        return next(context);
    }
}

/// <summary><c>GET /healthz</c>. Anyone may read it, so it names nothing.</summary>
/// <param name="Problem">Why nobody is let in.</param>
public sealed record Health(string Role, string Version, AnsweringNodes Nodes, string? Problem = null);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Health))]
sealed partial class HealthJson : JsonSerializerContext;
