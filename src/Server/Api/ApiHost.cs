using System.Text.Json;
using System.Text.Json.Serialization;
using MeshMcp.Server.Http;
using MeshMcp.Server.Nodes;
using MeshMcp.Server.Roles;

namespace MeshMcp.Server.Api;

/// <summary>The web server of role <c>api</c>: so far its health and a page that says what it is.</summary>
public static class ApiHost
{
    const string Page = """
        This is the op-dbus API of MeshMcp.

        GET /healthz   role, version, and how many nodes answer

        The assistant's side, MCP, is on port 9573: /mcp

        """;

    public static WebApplication Build(HttpSettings settings, NodeSources sources)
    {
        var app = GuardedHost.Build(settings, path => path == "/" || path == HttpHost.HealthPath, services => services.AddNodes(sources).AddSingleton<NodeCount>());
        app.MapGet("/", (RequestDelegate)(context =>
        {
            context.Response.ContentType = "text/plain; charset=utf-8";
            return context.Response.WriteAsync(Page, context.RequestAborted);
        }));
        app.MapGet(HttpHost.HealthPath, (RequestDelegate)(async context =>
        {
            var nodes = await app.Services.GetRequiredService<NodeCount>().NowAsync().WaitAsync(context.RequestAborted);
            await context.Response.WriteAsJsonAsync(new Health("api", ServerRoles.Version, nodes), HealthJson.Default.Health, cancellationToken: context.RequestAborted);
        }));
        return app;
    }
}

/// <summary><c>GET /healthz</c>. Anyone may read it, so it names nothing.</summary>
public sealed record Health(string Role, string Version, AnsweringNodes Nodes);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(Health))]
sealed partial class HealthJson : JsonSerializerContext;
