using MeshMcp.Contracts.Errors;
using MeshMcp.Server.Http;
using MeshMcp.Server.Mcp;

namespace MeshMcp.Server.Roles;

/// <summary><c>meshmcp-server mcp</c>.</summary>
static partial class McpRole
{
    /// <summary>Serves until SIGTERM or SIGINT.</summary>
    /// <exception cref="MeshException">The configuration, a certificate, the tokens or the address cannot be used.</exception>
    public static async Task RunAsync(string configurationPath)
    {
        var configuration = ServerConfiguration.Read(configurationPath);
        var settings = configuration.Http;
        var tokens = settings.Tokens?.Read();
        await using var app = HttpHost.Build(settings, MeshSurface.Of(configuration.SourcesIn(configurationPath), configuration.Approvals, configuration.Toolsets), configuration.Enroll);
        await app.ListenAsync(settings);
        LogListening(app.Logger, $"{settings.Scheme}://{settings.Listen}{McpEndpoint.Path}", configuration.Nodes.Count);
        if (tokens is null) LogOpen(app.Logger);
        else if (tokens.Count == 0) LogClosed(app.Logger, settings.Tokens!.Path);
        await app.WaitForShutdownAsync();
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Listening on {Url} for {Nodes} nodes")]
    static partial void LogListening(ILogger log, string url, int nodes);

    [LoggerMessage(Level = LogLevel.Warning, Message = "No tokens are configured: every user of this machine may do everything")]
    static partial void LogOpen(ILogger log);

    [LoggerMessage(Level = LogLevel.Warning, Message = "There is no token in {File} yet, so nobody can call; make one with meshctl token create")]
    static partial void LogClosed(ILogger log, string file);
}
