using MeshMcp.Contracts.Errors;

namespace MeshMcp.Bench.Programs;

/// <summary>The products' programs of one version, as hosts get them, each in a folder of <paramref name="Folder"/>.</summary>
/// <param name="Echo">The bench program of that version, for its host layer with a tool that does nothing.</param>
sealed record ProgramSet(string Name, string Folder, string Echo)
{
    public string HostBridge => Path.Combine(Folder, "HostBridge", "meshmcp-hostbridge");

    public string Server => Path.Combine(Folder, "Server", "meshmcp-server");

    public string Meshctl => Path.Combine(Folder, "Cli", "meshctl");

    /// <summary>This version and the one that is named in the environment.</summary>
    public static IReadOnlyList<ProgramSet> FromEnvironment() =>
    [
        new(Value("MESHMCP_BEFORE_NAME"), Value("MESHMCP_BEFORE"), Path.Combine(Value("MESHMCP_BEFORE"), "Bench", "meshmcp-bench")),
        new("now", Value("MESHMCP_NATIVE"), Environment.ProcessPath!),
    ];

    static string Value(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value
        : throw new MeshException(ErrorKind.InvalidArgument, $"{name} is not set.", name, "./dev bench programs sets it.");
}
