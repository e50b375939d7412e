using System.Net;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Engine;

namespace MeshMcp.HostBridge.Systems.Uplink;

/// <summary>Every fault of an <c>uplink</c> section that shows without looking at the host.</summary>
static class UplinkFaults
{
    const int LastPort = 65535;

    public static IEnumerable<Problem> Of(NodeState state)
    {
        if (state.Uplink is not { } uplink) yield break;
        var taken = new Dictionary<(string, int), int>();
        for (var i = 0; i < uplink.Publish.Count; i++)
        {
            var port = uplink.Publish[i];
            foreach (var problem in Of(port, $"uplink.publish[{i}]", state)) yield return problem;
            if (!taken.TryAdd((port.Protocol, port.Port), i))
                yield return new($"uplink.publish[{i}].port", $"{port.Protocol}/{port.Port} is published already, for container {uplink.Publish[taken[(port.Protocol, port.Port)]].Container}.");
        }
        for (var i = 0; i < (uplink.Masquerade?.Count ?? 0); i++)
            if (!TextKind.Ipv4.Holds(uplink.Masquerade![i]) && Container(uplink.Masquerade[i], $"uplink.masquerade[{i}]", state) is { } problem) yield return problem;
        if (uplink.Interface is { } named && TextKind.Device.FaultOf("uplink.interface", named) is { } fault) yield return fault;
        else if (uplink.Interface is { } device && (device == BridgeLayout.NameOf(state) || BridgeLayout.AdaptersOf(state).Values.Any(a => a.Tunnel == device || a.Port == device)))
            yield return new("uplink.interface", $"{device} belongs to the mesh; the uplink is the node's own way to the internet.");
    }

    static IEnumerable<Problem> Of(PublishedPort port, string path, NodeState state)
    {
        if (port.Protocol is not ("tcp" or "udp")) yield return new($"{path}.protocol", $"\"{port.Protocol}\" cannot be published.", Nearest: ["tcp", "udp"]);
        if (port.Port is < 1 or > LastPort) yield return new($"{path}.port", $"{port.Port} is no port: 1 to {LastPort} are.");
        if (port.ContainerPort is < 1 or > LastPort) yield return new($"{path}.container_port", $"{port.ContainerPort} is no port: 1 to {LastPort} are.");
        if (ReservedPorts.Holds(port)) yield return new($"{path}.port", ReservedPorts.Reason(port));
        if (port.Address is { } address)
        {
            if (!TextKind.Ipv4.Holds(address)) yield return new($"{path}.address", $"\"{address}\" is no IPv4 address.");
        }
        else if (Container(port.Container, $"{path}.container", state) is { } problem)
        {
            yield return problem;
        }
        if (port is { Protocol: "tcp", Port: ManagementPaths.Mcp or ManagementPaths.Api } && Serving(port.Port, state) is { } serving && serving.Id != port.Container)
            yield return new($"{path}.container", $"Container {serving.Id} serves {port.Port}, so publishing it for {port.Container} would cut its callers off.", Nearest: [serving.Id]);
        for (var i = 0; i < port.Sources.Count; i++)
            if (!IsNetwork(port.Sources[i])) yield return new($"{path}.sources[{i}]", $"\"{port.Sources[i]}\" is no IPv4 network such as 198.51.100.0/24, and no address.");
    }

    static Problem? Container(string id, string path, NodeState state)
    {
        var containers = state.Lxc?.Containers ?? [];
        return containers.FirstOrDefault(c => c.Id == id) switch
        {
            null => new(path, $"There is no container {id} in the state.", Nearest: Nearest.To(id, containers.Select(c => c.Id)) is { Count: > 0 } near ? near : [.. containers.Select(c => c.Id)]),
            { Properties.Ipv4Address: null } => new(path, $"Container {id} has no address (lxc…properties.ipv4_address), so nothing can be sent to it."),
            _ => null,
        };
    }

    static Container? Serving(int port, NodeState state) =>
        (state.Lxc?.Containers ?? []).FirstOrDefault(c => c.Properties.Services.Any(s => s.Protocol == "tcp" && s.Port == port));

    /// <summary>With no host bits set, as nftables wants it.</summary>
    static bool IsNetwork(string text) => TextKind.Ipv4.Holds(text) || (text.Contains('.', StringComparison.Ordinal) && IPNetwork.TryParse(text, out var network) && network.PrefixLength > 0 && network.ToString() == text);
}
