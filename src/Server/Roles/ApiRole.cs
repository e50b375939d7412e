using System.Net;
using MeshMcp.Contracts.Errors;
using MeshMcp.Server.Api;

namespace MeshMcp.Server.Roles;

/// <summary><c>meshmcp-server api</c>.</summary>
static partial class ApiRole
{
    public const string DefaultPath = "/etc/meshmcp/api.json";

    public static readonly IPEndPoint DefaultListen = new(IPAddress.Loopback, 9574);

    /// <summary>Serves until SIGTERM or SIGINT.</summary>
    /// <exception cref="MeshException">The configuration, a certificate, the tokens or the address cannot be used.</exception>
    public static async Task RunAsync(string configurationPath)
    {
        var configuration = ServerConfiguration.Read(configurationPath, DefaultListen);
        var settings = configuration.Http;
        settings.Tokens?.Read();
        await using var app = ApiHost.Build(settings, configuration.SourcesIn(configurationPath), configuration.Approvals);
        await app.ListenAsync(settings);
        LogListening(app.Logger, $"{settings.Scheme}://{settings.Listen}/", configuration.Nodes.Count);
        await app.WaitForShutdownAsync();
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Listening on {Url} for {Nodes} nodes")]
    static partial void LogListening(ILogger log, string url, int nodes);
}
