using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Host;

namespace MeshMcp.HostBridge.Checkups;

/// <summary>The programs that the sections of the state are carried out with.</summary>
static class ProgramChecks
{
    public static IEnumerable<Check> Of(NodeState desired)
    {
        IReadOnlyList<string> needed =
        [
            "ip", "nft", "conntrack", "ss",
            .. BridgeLayout.Of(desired) is null ? [] : new[] { "ovs-vsctl", "ovs-ofctl", "ovs-appctl", "ethtool" },
            .. desired.Wireguard is null ? [] : new[] { "wg" },
            .. desired.Netmaker is null ? [] : new[] { "netclient", "wg" },
            .. desired.Lxc is null ? [] : new[] { "lxc-start", "lxc-stop", "lxc-info", "lxc-attach" },
        ];
        var missing = needed.Distinct().Where(p => !ProgramPath.IsThere(p)).ToList();
        foreach (var program in missing) yield return new("programs", program, Health.Broken, $"{program} is not installed.", ProgramPath.InstallHint(program) ?? $"Install {program}.");
        if (missing.Count == 0) yield return new("programs", "programs", Health.Fine, $"all {needed.Distinct().Count()} that the state needs are installed");
    }
}
