using System.Globalization;
using MeshMcp.Contracts.Files;

namespace MeshMcp.Cli.Joining;

/// <summary>What a package has set up on this machine: the relay's user, and units for both programs of a node.</summary>
static class PackagedUnits
{
    const string User = "meshmcp-relay", Servers = "meshmcp", Folder = "/etc/meshmcp";
    const uint UsualUser = 9575;
    static readonly string[] Places = ["/etc/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system"];

    public static uint RelayUser() => NumberOf(User, "/etc/passwd") ?? UsualUser;

    /// <summary>Of a new file that the servers read: their units have users that come and go, and one group; null where there is no such group, or this user may not give files to it.</summary>
    public static FileRights? OfServers() =>
        Environment.IsPrivilegedProcess && NumberOf(Servers, "/etc/group") is { } group ? new(AtomicFile.Secret | UnixFileMode.GroupRead, Group: group) : null;

    static uint? NumberOf(string name, string file) =>
        File.Exists(file) && File.ReadLines(file).Select(l => l.Split(':')).FirstOrDefault(f => f.Length > 2 && f[0] == name) is { } found && uint.TryParse(found[2], CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>How to start a node whose files are in <paramref name="folder"/>.</summary>
    public static IReadOnlyList<string> Start(string folder, NodeFolder files, uint relayUser) =>
        Path.TrimEndingDirectorySeparator(folder) == Folder && Places.Any(p => File.Exists($"{p}/meshmcp-relay.service"))
            ? ["systemctl restart meshmcp-hostbridge", "systemctl restart meshmcp-relay"]
            : [$"meshmcp-hostbridge --config {files.HostBridge}   as root", $"meshmcp-server relay --config {files.Relay}   as user {relayUser}"];
}
