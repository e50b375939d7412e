using System.Net;
using MeshMcp.ConformanceServer.Fixtures;
using MeshMcp.Server.Http;
using MeshMcp.Server.Mcp;
using MeshMcp.Tools.Calls;
using ModelContextProtocol.Server;

// The product's host layer around the fixtures that the official suite asks for, open on loopback.
// Prints its URL and serves until it is told to stop.
var surface = new McpSurface(
    services => services.AddSingleton<RequestStateProtector>(),
    services =>
    {
        var options = new McpServerOptions
        {
            ServerInfo = new() { Name = "meshmcp-conformance", Version = "1.0.0" },
            ToolCollection = [],
            ResourceCollection = [],
            PromptCollection = [],
        };
        var states = services.GetRequiredService<RequestStateProtector>();
        ContentTools.AddTo(options);
        ClientTools.AddTo(options);
        InputTools.AddTo(options, states);
        ChangeTools.AddTo(options);
        Resources.AddTo(options);
        Prompts.AddTo(options);
        return options;
    });
await using var app = HttpHost.Build(new(new(IPAddress.Loopback, 0)), surface);
await app.StartAsync();
Console.WriteLine($"{app.Urls.Single()}/mcp");
await app.WaitForShutdownAsync();
