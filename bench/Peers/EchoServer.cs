using System.Net;
using MeshMcp.Contracts.Trust;
using MeshMcp.Server.Http;
using MeshMcp.Server.Mcp;
using MeshMcp.Tools.Calls;
using Microsoft.Extensions.Hosting;
using ModelContextProtocol.Server;

namespace MeshMcp.Bench.Peers;

/// <summary>The product's host layer with one tool that does nothing, open on loopback. A process of its own, as the server it is compared with.</summary>
static class EchoServer
{
    public const string Word = "echo-server";
    public const int Port = 9573;

    public static async Task<int> RunAsync()
    {
        var surface = new McpSurface(_ => { }, _ => new McpServerOptions
        {
            ServerInfo = new() { Name = "meshmcp-echo", Version = "1.0.0" },
            ToolCollection = [McpServerTool.Create((string message) => $"Echo: {message}", new() { Name = "echo", Description = "Says it back", Metadata = [new RequiresScopeAttribute(Scope.Read)] })],
        });
        await using var app = HttpHost.Build(new(new(IPAddress.Loopback, Port)), surface);
        await app.StartAsync();
        await app.WaitForShutdownAsync();
        return 0;
    }
}
