using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.State;

namespace MeshMcp.HostBridge.Systems.Uplink;

/// <summary>Ports of the uplink's address that another section of the state is reached by: whoever publishes one for something else takes it away from there, and nothing shows it.</summary>
static class ServedPorts
{
    /// <summary>What is newly published in the place of what another section serves, and what a section newly serves in the place of what is published.</summary>
    public static IEnumerable<Problem> Taken(NodeState before, NodeState after)
    {
        var (was, now) = (UplinkLayout.Of(before)?.Publish ?? [], UplinkLayout.Of(after)?.Publish ?? []);
        for (var i = 0; i < now.Count; i++)
        {
            var port = now[i];
            var there = was.FirstOrDefault(p => p.Protocol == port.Protocol && p.Port == port.Port);
            var (path, instead) = after.Uplink is not null ? ($"uplink.publish[{i}]", "Publish another port")
                : ($"lxc.containers.{port.Container}.properties.services", "Without a section uplink what services listen on is published: give that service another port, say in uplink.publish what is meant");
            var field = after.Uplink is null ? "" : ".port";
            var own = OfNode(port, after);
            if (there is not null && Goal(there) == Goal(port))
            {
                if (own is not null && OfNode(port, before)?.Section != own.Section)
                    yield return new(own.Path, $"{port.Protocol}/{port.Port} is published for container {port.Container} on this node, so {own.Section} would not be reached by it. Give {own.Section} another port, or close this one first: unpublish_port.");
                continue;
            }
            if (own is not null)
                yield return new(path + field, $"{port.Protocol}/{port.Port} is {own.Section}'s on this node, and would no longer reach it. {instead}, or give {own.Section} another one first.");
            else if (there is not null && IngressOf(there, before) is { } ingress && IngressOf(there, after) == ingress && !now.Any(p => p != port && Goal(p) == Goal(there)))
                yield return new(after.Uplink is null ? path : $"{path}.container", $"{port.Protocol}/{port.Port} is {ingress}'s way in (container {there.Container}), which publishing it for {port.Container} would take away. {instead}, or close this one first if that is meant: unpublish_port.");
        }
    }

    static NodePort? OfNode(PublishedPort port, NodeState state) => port.Protocol != "udp" ? null
        : state.Wireguard?.VpnServer?.ListenPort == port.Port ? new("wireguard.vpn_server", "wireguard.vpn_server.listen_port")
        : state.Netmaker is { Enabled: true } netmaker && netmaker.Port() == port.Port ? new("netmaker", "netmaker.listen_port")
        : null;

    static string? IngressOf(PublishedPort port, NodeState state) =>
        port.Protocol != "tcp" || state.Xray?.Server is not { } server || server.Container != port.Container ? null
        : server.Vless?.Port == Goal(port).Port ? "xray.server.vless"
        : server.Vmess?.Port == Goal(port).Port ? "xray.server.vmess"
        : null;

    static (string Protocol, string Container, string? Address, int Port) Goal(PublishedPort port) => (port.Protocol, port.Container, port.Address, port.ContainerPort ?? port.Port);

    /// <summary>Of the node itself.</summary>
    sealed record NodePort(string Section, string Path);
}
