using System.Reflection;
using MeshMcp.Contracts.Errors;
using MeshMcp.Server.Acme;
using MeshMcp.Server.Http;
using MeshMcp.Server.Relay;

namespace MeshMcp.Server.Roles;

/// <summary>The roles of <c>meshmcp-server</c>, one for each process.</summary>
static class ServerRoles
{
    const string Usage = $"""
        Usage: meshmcp-server ROLE [--config FILE]

          mcp    MCP over HTTP, on port 9573 (configuration {ServerConfiguration.DefaultPath})
          api    the API over HTTP, on port 9574 (configuration {ApiRole.DefaultPath})
          stdio  MCP over standard input and output; without --config this machine is the only node
          relay  the mesh door of a node, on port 9575 (configuration {RelayConfiguration.DefaultPath})
          acme   keeps a certificate that clients trust by themselves (configuration {AcmeConfiguration.DefaultPath})

          --help, --version
        """;

    const int Done = 0, CannotRun = 1, WrongInput = 2;

    /// <summary>Runs one role until it is told to stop; 2 for a wrong command line or configuration, 1 when it cannot run for another reason.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        switch (args)
        {
            case ["--help" or "-h" or "help"]:
                Console.WriteLine(Usage);
                return Done;
            case ["--version"]:
                Console.WriteLine(Version);
                return Done;
            case ["mcp" or "api" or "stdio" or "relay" or "acme"] or ["mcp" or "api" or "stdio" or "relay" or "acme", "--config", _]:
                return await RunAsync(args[0], args.ElementAtOrDefault(2));
            default:
                await Console.Error.WriteLineAsync(Usage);
                return WrongInput;
        }
    }

    public static string Version { get; } = typeof(ServerRoles).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    static async Task<int> RunAsync(string role, string? configuration)
    {
        using var logs = LoggerFactory.Create(StandardError.AddTo);
        try
        {
            await (role switch
            {
                "mcp" => McpRole.RunAsync(configuration ?? ServerConfiguration.DefaultPath),
                "api" => ApiRole.RunAsync(configuration ?? ApiRole.DefaultPath),
                "stdio" => StdioRole.RunAsync(configuration),
                "acme" => AcmeRole.RunAsync(configuration ?? AcmeConfiguration.DefaultPath),
                _ => RelayRole.RunAsync(configuration ?? RelayConfiguration.DefaultPath, logs),
            });
            return Done;
        }
        catch (MeshException refusal)
        {
            await Console.Error.WriteLineAsync(Text(refusal.Error));
            return refusal.Error.Kind is ErrorKind.InvalidArgument or ErrorKind.NotFound or ErrorKind.PermissionDenied ? WrongInput : CannotRun;
        }
    }

    static string Text(MeshError error)
    {
        List<string> lines = [$"meshmcp-server: {error.Message}{(error.Target is { } target ? $" ({target})" : "")}"];
        foreach (var problem in error.Problems ?? [])
            lines.Add($"  {problem.Path}: {problem.Message}{(problem.Nearest is { Count: > 0 } nearest ? $" (perhaps {string.Join(", ", nearest)})" : "")}");
        if (error.Hint is { } hint) lines.Add($"  {hint}");
        return string.Join('\n', lines);
    }
}
