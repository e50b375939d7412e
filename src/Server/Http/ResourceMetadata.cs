using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using MeshMcp.Contracts.Trust;
using MeshMcp.Server.Mcp;
using MeshMcp.Server.Mcp.Filters;
using ModelContextProtocol;
using ModelContextProtocol.Authentication;

namespace MeshMcp.Server.Http;

/// <summary>The RFC 9728 document: what this resource is and how a token is shown to it. Tokens come from the operator, so it names no authorization server.</summary>
static class ResourceMetadata
{
    const string WellKnown = "/.well-known/oauth-protected-resource";

    static readonly JsonTypeInfo Json = McpJsonUtilities.DefaultOptions.GetTypeInfo(typeof(ProtectedResourceMetadata));

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(WellKnown, (RequestDelegate)AnswerAsync);
        routes.MapGet(WellKnown + McpEndpoint.Path, (RequestDelegate)AnswerAsync);
    }

    public static bool IsAt(PathString path) => path.StartsWithSegments(WellKnown);

    public static string Location(HttpContext context) => $"{Authority(context)}{WellKnown}{McpEndpoint.Path}";

    static Task AnswerAsync(HttpContext context)
    {
        context.Response.ContentType = "application/json";
        var document = new ProtectedResourceMetadata
        {
            Resource = Authority(context) + McpEndpoint.Path,
            ResourceName = "MeshMcp",
            BearerMethodsSupported = ["header"],
            ScopesSupported = [.. Enum.GetValues<Scope>().Select(ScopeFilter.Written)],
        };
        return JsonSerializer.SerializeAsync(context.Response.Body, document, Json, context.RequestAborted);
    }

    static string Authority(HttpContext context) => $"{context.RequestServices.GetRequiredService<HttpSettings>().Scheme}://{context.Request.Host}";
}
