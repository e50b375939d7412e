using MeshMcp.Contracts.Errors;
using MeshMcp.Server.Relay;

namespace MeshMcp.Server.Roles;

/// <summary>The roles of <c>meshmcp-server</c>, one for each process.</summary>
static class ServerRoles
{
    const string Usage = """
        Usage: meshmcp-server ROLE [--config FILE]
          relay  the mesh door of a node, on port 9575 (default configuration /etc/meshmcp/relay.json)
        """;

    /// <summary>Runs one role until it is told to stop; 1 when it cannot start, 2 for a wrong command line.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        using var logs = LoggerFactory.Create(logging => logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.UseUtcTimestamp = true;
            console.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";
        }).Services.Configure<Microsoft.Extensions.Logging.Console.ConsoleLoggerOptions>(o => o.LogToStandardErrorThreshold = LogLevel.Trace));
        try
        {
            switch (args)
            {
                case ["relay"]:
                    await RelayRole.RunAsync(RelayConfiguration.DefaultPath, logs);
                    return 0;
                case ["relay", "--config", var file]:
                    await RelayRole.RunAsync(file, logs);
                    return 0;
                default:
                    await Console.Error.WriteLineAsync(Usage);
                    return args is ["--help"] or ["-h"] ? 0 : 2;
            }
        }
        catch (MeshException refusal)
        {
            await Console.Error.WriteLineAsync($"{refusal.Message} {refusal.Error.Hint}");
            foreach (var problem in refusal.Error.Problems ?? [])
                await Console.Error.WriteLineAsync($"  {problem.Path}: {problem.Message}{(problem.Nearest is { Count: > 0 } near ? $" (perhaps {string.Join(", ", near)})" : "")}");
            return 1;
        }
    }
}
