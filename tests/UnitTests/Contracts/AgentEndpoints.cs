using MeshMcp.HostBridge;
using MeshMcp.HostBridge.OpenVSwitch;
using MeshMcp.HostBridge.Wire;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace MeshMcp.UnitTests.Contracts;

/// <summary>All that the agent answers, as its own parts map it; nothing of it is started.</summary>
static class AgentEndpoints
{
    public static async Task<IReadOnlyList<RouteEndpoint>> AllAsync()
    {
        var folder = Directory.CreateTempSubdirectory("meshmcp-endpoints-");
        try
        {
            await using var database = await OvsdbConnection.OpenAsync(new("/nonexistent/db.sock", "/nonexistent"), TimeProvider.System, NullLogger.Instance, CancellationToken.None);
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.Services.AddSingleton(database).AddNode(new() { Node = "vps", State = Path.Combine(folder.FullName, "state"), Socket = Path.Combine(folder.FullName, "hostbridge.sock") });
            await using var app = builder.Build();
            app.Services.GetRequiredService<Endpoints>().Map(app);
            return [.. ((IEndpointRouteBuilder)app).DataSources.SelectMany(d => d.Endpoints).OfType<RouteEndpoint>()];
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    public static bool Is(this RouteEndpoint endpoint, params string[] methods) => endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods.Any(methods.Contains) == true;
}
