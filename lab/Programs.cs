using System.Runtime.InteropServices;
using MeshMcp.Lab.Namespaces;

namespace MeshMcp.Lab;

/// <summary>
/// Where the built programs are: beside this one in the build output, and, bound to a fixed path that every user may read,
/// inside nodes and containers.
/// </summary>
public static class Programs
{
    internal const string BoundBuild = "/run/meshmcp-lab/bin", BoundNative = "/run/meshmcp-lab/native", BoundFramework = "/run/meshmcp-lab/dotnet";
    const string SystemPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    static readonly Dictionary<string, string> Projects = new()
    {
        ["meshmcp-hostbridge"] = "HostBridge",
        ["meshmcp-server"] = "Server",
        ["meshctl"] = "Cli",
        ["meshmcp-lab"] = "Lab",
        // Its folder has the command netclient too.
        ["meshmcp-netmaker-standin"] = "NetmakerStandIn",
    };

    static readonly DirectoryInfo Output = new(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));

    /// <summary>The folder that has one folder for each project.</summary>
    public static string Build { get; } = Output.Parent!.Parent!.FullName;

    /// <summary>The folder of the products' native programs, one folder for each project, where the environment names it: they take the place of those of the build.</summary>
    public static string? Native { get; } = System.Environment.GetEnvironmentVariable("MESHMCP_NATIVE") is { Length: > 0 } folder ? Path.GetFullPath(folder) : null;

    /// <summary>The repository's example states, one for each node.</summary>
    internal static string Examples { get; } = Path.GetFullPath(Path.Combine(Build, "../../examples"));

    internal static string Framework { get; } = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "../../.."));

    /// <summary>The path of one of our programs as seen from <paramref name="place"/> (null: the machine).</summary>
    public static string Locate(string program, Place? place = null) => $"{FolderOf(Projects[program], place)}/{program}";

    /// <summary>The folder on the machine that one of our programs is in.</summary>
    internal static string FolderOf(string program) => Path.GetDirectoryName(Locate(program))!;

    /// <summary>What every program of the lab is started with: our programs on the path, and no diagnostic sockets left in /tmp.</summary>
    public static IReadOnlyDictionary<string, string> Environment(Place? place) => new Dictionary<string, string>
    {
        ["PATH"] = string.Join(':', [.. Projects.Values.Select(p => FolderOf(p, place)), SystemPath]),
        ["LC_ALL"] = "C",
        ["DOTNET_ROOT"] = IsEdge(place) ? Framework : BoundFramework,
        ["DOTNET_EnableDiagnostics"] = "0",
    };

    static string FolderOf(string project, Place? place) => Native is not null && Directory.Exists($"{Native}/{project}")
        ? $"{(IsEdge(place) ? Native : BoundNative)}/{project}"
        : $"{(IsEdge(place) ? Build : BoundBuild)}/{project}/{Output.Name}";

    static bool IsEdge(Place? place) => place?.Folder is null;
}
