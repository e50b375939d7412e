namespace MeshMcp.HostBridge.Host;

/// <summary>Whose system this node runs.</summary>
/// <param name="IsNixos">What is installed and enabled is declared to Nix, and read-only otherwise.</param>
public sealed record Distribution(string Name, bool IsDebian, bool IsNixos)
{
    /// <param name="root">Where <c>etc</c> is.</param>
    public static Distribution Read(string root = "/")
    {
        var file = Path.Combine(root, "etc/os-release");
        var release = (File.Exists(file) ? File.ReadLines(file) : []).Select(l => l.Split('=', 2)).Where(p => p.Length == 2).DistinctBy(p => p[0]).ToDictionary(p => p[0], p => p[1].Trim('"', '\''));
        string[] ids = [release.GetValueOrDefault("ID", "linux"), .. release.GetValueOrDefault("ID_LIKE", "").Split(' ')];
        return new(release.GetValueOrDefault("NAME", "this Linux"), ids.Contains("debian"), File.Exists(Path.Combine(root, "etc/NIXOS")));
    }
}
