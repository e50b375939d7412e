using System.Text.RegularExpressions;
using MeshMcp.HostBridge.Host;

namespace MeshMcp.HostBridge.Systems.Systemd;

/// <summary>What units are called, here and elsewhere.</summary>
public static partial class UnitNames
{
    public const string Active = "active", Inactive = "inactive";
    public const string OwnUnit = "meshmcp-hostbridge.service";
    const int Longest = 255;

    public static bool IsValid(string name) => name.Length <= Longest && Form().IsMatch(name) && !name.Contains("@.", StringComparison.Ordinal);

    /// <summary>What a unit is called on this distribution; null when it is called as it is written.</summary>
    public static string? AliasOf(string name, Distribution here) => name switch
    {
        "openvswitch.service" when here.IsNixos => "ovs-vswitchd.service",
        "openvswitch.service" when here.IsDebian => "openvswitch-switch.service",
        "sshd.service" when here.IsDebian => "ssh.service",
        _ when here.IsNixos && WgQuick().Match(name) is { Success: true } match => $"wg-quick-{match.Groups[1].Value}.service",
        _ => null,
    };

    [GeneratedRegex(@"\A[A-Za-z0-9:_.\\@-]+\.(service|socket|target|timer|path|mount|automount|swap|slice|device|scope)\z")]
    private static partial Regex Form();

    [GeneratedRegex(@"\Awg-quick@(.+)\.service\z")]
    private static partial Regex WgQuick();
}
