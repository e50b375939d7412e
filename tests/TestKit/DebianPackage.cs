using System.Runtime.CompilerServices;

namespace MeshMcp.TestKit;

/// <summary>Debian packages of this build, for a <see cref="BootedMachine"/>. <c>MESHMCP_DEB</c> names the file of another to test in place of the newer one.</summary>
public static class DebianPackage
{
    /// <summary>Puts both into the machine and returns their paths there.</summary>
    public static async Task<(string Older, string Newer)> ProvideAsync(BootedMachine machine)
    {
        var folder = Path.Combine(machine.Folder, "repo");
        var older = await BuildAsync(folder, "0.0.1");
        if (Environment.GetEnvironmentVariable("MESHMCP_DEB") is not { Length: > 0 } given) return (Inside(older), Inside(await BuildAsync(folder, "0.0.2")));
        File.Copy(given, Path.Combine(folder, Path.GetFileName(given)));
        return (Inside(older), Inside(given));
    }

    static string Inside(string path) => $"/srv/repo/{Path.GetFileName(path)}";

    static async Task<string> BuildAsync(string folder, string version, [CallerFilePath] string here = "")
    {
        string[] programs = [.. from program in new[] { ("HostBridge", "meshmcp-hostbridge"), ("Server", "meshmcp-server"), ("Cli", "meshctl") }
            select Path.GetDirectoryName(PrivateNode.Binary(program.Item1, program.Item2))!];
        var build = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../../packaging/build-deb"));
        return (await Run.ToEndAsync(build, [version, folder, .. programs], new Dictionary<string, string> { ["MESHMCP_DEB_COMPRESSION"] = "none" })).Trim();
    }
}
