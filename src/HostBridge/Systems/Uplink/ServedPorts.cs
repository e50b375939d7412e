using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.State;

namespace MeshMcp.HostBridge.Systems.Uplink;

/// <summary>Ports of the node's public address that another section of the state is reached by: whoever publishes one for something else takes it away from there, and nothing shows it.</summary>
static class ServedPorts
{
    /// <summary>What is newly published in the place of what another section serves.</summary>
    public static IEnumerable<Problem> Taken(NodeState before, NodeState after)
    {
        var (was, now) = (UplinkLayout.Of(before)?.Publish ?? [], UplinkLayout.Of(after)?.Publish ?? []);
        for (var i = 0; i < now.Count; i++)
        {
            var port = now[i];
            var there = was.FirstOrDefault(p => p.Protocol == port.Protocol && p.Port == port.Port);
            if (there is not null && Goal(there) == Goal(port)) continue;
            if (OfNode(port, after) is { } own)
                yield return new($"uplink.publish[{i}].port", $"{port.Protocol}/{port.Port} is {own}'s on this node, and would no longer reach it. Publish another port, or give {own} another one first.");
            else if (there is not null && IngressOf(there, before) is { } ingress && IngressOf(there, after) == ingress && !now.Any(p => p != port && Goal(p) == Goal(there)))
                yield return new($"uplink.publish[{i}].container", $"{port.Protocol}/{port.Port} is {ingress}'s way in (container {there.Container}), which publishing it for {port.Container} would take away. Publish another port, or close this one first if that is meant: unpublish_port.");
        }
    }

    static string? OfNode(PublishedPort port, NodeState state) => port.Protocol != "udp" ? null
        : state.Wireguard?.VpnServer?.ListenPort == port.Port ? "wireguard.vpn_server"
        : state.Netmaker?.ListenPort == port.Port ? "netmaker"
        : null;

    static string? IngressOf(PublishedPort port, NodeState state) =>
        port.Protocol != "tcp" || state.Xray?.Server is not { } server || server.Container != port.Container ? null
        : server.Vless?.Port == Goal(port).Port ? "xray.server.vless"
        : server.Vmess?.Port == Goal(port).Port ? "xray.server.vmess"
        : null;

    static (string Protocol, string Container, string? Address, int Port) Goal(PublishedPort port) => (port.Protocol, port.Container, port.Address, port.ContainerPort ?? port.Port);
}
