using MeshMcp.Contracts.Errors;

namespace MeshMcp.HostBridge.Host;

/// <summary>Finds a program on PATH, and says which Debian package brings it when it is missing.</summary>
static class ProgramPath
{
    const string Default = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    static readonly Dictionary<string, string> Packages = new()
    {
        ["ovs-ofctl"] = "openvswitch-switch",
        ["ovs-appctl"] = "openvswitch-switch",
        ["ovs-vsctl"] = "openvswitch-switch",
        ["ip"] = "iproute2",
        ["nft"] = "nftables",
        ["conntrack"] = "conntrack",
        ["wg"] = "wireguard-tools",
        ["wg-quick"] = "wireguard-tools",
        ["wireguard-go"] = "wireguard-go",
        ["lxc-start"] = "lxc",
        ["lxc-stop"] = "lxc",
        ["lxc-info"] = "lxc",
        ["lxc-attach"] = "lxc",
        ["mkfs.ext4"] = "e2fsprogs",
        ["resize2fs"] = "e2fsprogs",
        ["mount"] = "mount",
        ["losetup"] = "mount",
        ["mmdebstrap"] = "mmdebstrap",
        ["xz"] = "xz-utils",
        ["v2ray"] = "v2ray",
        ["v2ctl"] = "v2ray",
        ["nsenter"] = "util-linux",
        ["setpriv"] = "util-linux",
        ["setsid"] = "util-linux",
        ["ethtool"] = "ethtool",
    };

    public static string Value => Environment.GetEnvironmentVariable("PATH") is { Length: > 0 } path ? path : Default;

    public static bool IsThere(string program) => Candidates(program).Any(IsExecutable);

    /// <exception cref="MeshException">Unavailable.</exception>
    public static string Find(string program) => Candidates(program).FirstOrDefault(IsExecutable) ?? throw new MeshException(ErrorKind.Unavailable,
        $"{program} is not installed on this node", program, InstallHint(program));

    /// <summary>Null when no package of Debian's brings it.</summary>
    public static string? InstallHint(string program) => Packages.TryGetValue(program, out var package) ? $"On Debian: apt-get install {package}" : null;

    static IEnumerable<string> Candidates(string program) => program.StartsWith('/')
        ? [program]
        : Value.Split(':', StringSplitOptions.RemoveEmptyEntries).Select(folder => Path.Combine(folder, program));

    static bool IsExecutable(string path) =>
        File.Exists(path) && (File.GetUnixFileMode(path) & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)) != 0;
}
