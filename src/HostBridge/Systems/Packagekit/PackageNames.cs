using System.Text.RegularExpressions;

namespace MeshMcp.HostBridge.Systems.Packagekit;

/// <summary>Names that distributions give to packages.</summary>
static partial class PackageNames
{
    public static bool IsValid(string name) => Form().IsMatch(name);

    public static string NixLine(string name) => $"Write in the node's configuration: environment.systemPackages = [ pkgs.{name} ];";

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9+._-]{0,199}\z")]
    private static partial Regex Form();
}
