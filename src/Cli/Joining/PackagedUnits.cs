using System.Globalization;

namespace MeshMcp.Cli.Joining;

/// <summary>What a package has set up on this machine: the relay's user, and units for both programs of a node.</summary>
static class PackagedUnits
{
    const string User = "meshmcp-relay", Folder = "/etc/meshmcp";
    const uint UsualUser = 9575;
    static readonly string[] Places = ["/etc/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system"];

    public static uint RelayUser() =>
        File.Exists("/etc/passwd") && File.ReadLines("/etc/passwd").Select(l => l.Split(':')).FirstOrDefault(f => f is [User, _, _, ..]) is { } found && uint.TryParse(found[2], CultureInfo.InvariantCulture, out var uid) ? uid : UsualUser;

    /// <summary>How to start a node whose files are in <paramref name="folder"/>.</summary>
    public static IReadOnlyList<string> Start(string folder, NodeFolder files, uint relayUser) =>
        Path.TrimEndingDirectorySeparator(folder) == Folder && Places.Any(p => File.Exists($"{p}/meshmcp-relay.service"))
            ? ["systemctl restart meshmcp-hostbridge", "systemctl restart meshmcp-relay"]
            : [$"meshmcp-hostbridge --config {files.HostBridge}   as root", $"meshmcp-server relay --config {files.Relay}   as user {relayUser}"];
}
