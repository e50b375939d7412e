using MeshMcp.HostBridge.Host.Lxc;

namespace MeshMcp.HostBridge.Access;

/// <summary>
/// Which folders and files of this host may be mounted in containers. By <c>mounts</c> of hostbridge.json for callers who are not root on the node;
/// what holds the host or the agent itself is mounted for nobody.
/// </summary>
public sealed class MountPolicy(BridgeConfiguration configuration)
{
    const string Below = "/**";

    /// <summary>Whoever has these is the host, or the agent.</summary>
    readonly IReadOnlyList<string> _never =
    [
        "/proc", "/sys", "/dev", "/etc/meshmcp", "/run/meshmcp", "/var/run", "/boot", ContainerFolders.Root, "/var/lib/meshmcp",
        configuration.State, Path.GetDirectoryName(configuration.Socket) ?? "/",
    ];

    public IReadOnlyList<string> Listed => configuration.Mounts;

    /// <summary>Why nobody may mount it; null when root may.</summary>
    public string? Refusal(string source) =>
        _never.FirstOrDefault(n => Holds(n, source)) is { } inside ? $"{source} is of {inside}, which is never mounted in a container."
        : _never.FirstOrDefault(n => Holds(source, n)) is { } within ? $"{source} holds {within}, which is never mounted in a container."
        : null;

    /// <summary>Whether the node's own configuration lists it.</summary>
    public bool Lists(string source) => Listed.Any(l => l.EndsWith(Below, StringComparison.Ordinal) ? Holds(l[..^Below.Length], source) : l == source);

    /// <summary>A fault of the configuration, in words; null when there is none.</summary>
    public static string? FaultOf(string listed)
    {
        var path = listed.EndsWith(Below, StringComparison.Ordinal) ? listed[..^Below.Length] : listed;
        return path.Length > 1 && Path.GetFullPath(path) == path && !path.Contains('*') && !path.EndsWith('/') ? null
            : $"mounts: \"{listed}\" is neither an absolute path nor one that ends in {Below}";
    }

    /// <summary>Whether <paramref name="path"/> is <paramref name="folder"/> or below it.</summary>
    static bool Holds(string folder, string path) => path == folder || path.StartsWith(folder == "/" ? folder : $"{folder}/", StringComparison.Ordinal);
}
