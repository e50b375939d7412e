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

    static readonly string[] Paths = [WellKnown, WellKnown + McpEndpoint.Path];

    static readonly JsonTypeInfo Json = McpJsonUtilities.DefaultOptions.GetTypeInfo(typeof(ProtectedResourceMetadata));

    public static void Map(IEndpointRouteBuilder routes)
    {
        foreach (var path in Paths) routes.MapMethods(path, HttpHost.Looking, (RequestDelegate)AnswerAsync);
    }

    public static bool IsAt(PathString path) => Paths.Any(p => path == p);

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
        var written = JsonSerializer.SerializeToNode(document, Json)!.AsObject();
        // The package writes an empty list, which clients take for a server that cannot be got into.
        written.Remove("authorization_servers");
        return context.Response.WriteAsync(written.ToJsonString(), context.RequestAborted);
    }

    static string Authority(HttpContext context) => $"{SchemeOf(context)}://{context.Request.Host}";

    /// <summary>What the caller wrote before the host; of a proxy that ends TLS only the proxy knows it.</summary>
    static string SchemeOf(HttpContext context)
    {
        var settings = context.RequestServices.GetRequiredService<HttpSettings>();
        var told = context.Request.Headers["X-Forwarded-Proto"].ToString().Split(',')[0].Trim().ToLowerInvariant();
        return settings.BehindProxy && (told == Uri.UriSchemeHttp || told == Uri.UriSchemeHttps) ? told : settings.Scheme;
    }
}
