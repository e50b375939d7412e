using System.Net;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.OpenVSwitch;

namespace MeshMcp.HostBridge.Engine;

/// <summary>Packets of one direction of a way in, as the bridge sees them.</summary>
/// <param name="Path">The way, in words.</param>
/// <param name="From">Number of the port they come in by.</param>
/// <param name="Source">Null: anybody's.</param>
/// <param name="Destination">Null: anybody's.</param>
/// <param name="SourcePort">Null: a client's own choice.</param>
/// <param name="DestinationPort">Null: a client's own choice.</param>
/// <param name="To">Numbers of the ports by which they get where they should.</param>
/// <param name="Certain">There is no way around the bridge for them.</param>
/// <param name="AmongMembers">Who is anybody is a member of the mesh, or behind one.</param>
/// <param name="Arp">They ask for, or tell, a hardware address.</param>
sealed record PacketClass(string Path, int From, string? Source, string? Destination, int? SourcePort, int? DestinationPort, IReadOnlyList<int> To, bool Certain, bool Arp = false, bool AmongMembers = false)
{
    public const int Local = 65534;

    /// <summary>Of the ways that there are before a change: as their packets were, and as they will be. What is taken away as a whole its own section's steps tell.</summary>
    public static IReadOnlyList<(PacketClass Before, PacketClass After)> Of(ManagementPaths paths)
    {
        if (paths.Bridge is not { } bridge || paths.BridgeAfter is not { } then) return [];
        var pairs = new List<(PacketClass, PacketClass)>();
        foreach (var container in paths.Serving)
            if (paths.After.Lxc?.Containers.FirstOrDefault(c => c.Id == container.Id) is { } later)
                pairs.AddRange(OfContainer(container, bridge, paths.Adapter).Zip(OfContainer(later with { Properties = later.Properties with { Services = container.Properties.Services } }, then, paths.Adapter)));
        if (!paths.Serves && paths.Adapter is { } adapter)
            pairs.AddRange(OfRelay(bridge, adapter).Zip(OfRelay(then, adapter)));
        return pairs;
    }

    static IEnumerable<PacketClass> OfContainer(Container container, BridgeSection bridge, BridgeAdapter? mesh)
    {
        if (NumberOf(container, bridge) is not { } number) yield break;
        var (address, own) = (Host(container.Properties.Ipv4Address), Host(bridge.Address));
        int[] entrances = mesh is null ? [Local] : [Local, mesh.Ofport];
        foreach (var port in ManagementPaths.PortsOf(container))
        {
            var path = new ServingPort(container, port).Name;
            foreach (var entrance in entrances) yield return new(path, entrance, null, address, null, port, [number], true);
            yield return new(path, number, address, null, port, null, entrances, true);
        }
        var relay = $"the relay from container {container.Id}";
        yield return new(relay, number, address, own, null, ManagementPaths.Relay, [Local], true);
        yield return new(relay, Local, own, address, ManagementPaths.Relay, null, [number], true);
        if (mesh is not null)
        {
            var far = $"the other nodes' relays from container {container.Id}";
            yield return new(far, number, address, null, null, ManagementPaths.Relay, entrances, true, AmongMembers: true);
            foreach (var entrance in entrances) yield return new(far, entrance, null, address, ManagementPaths.Relay, null, [number], true, AmongMembers: true);
        }
        var name = $"container {container.Id}'s hardware address";
        yield return new(name, Local, own, address, null, null, [number], true, Arp: true);
        yield return new(name, number, address, own, null, null, [Local], true, Arp: true);
    }

    /// <summary>A node that serves nothing: the kernel gives what comes by the mesh to the relay before the bridge sees it, so no flow surely cuts that.</summary>
    static IEnumerable<PacketClass> OfRelay(BridgeSection bridge, BridgeAdapter mesh)
    {
        var own = Host(bridge.Address);
        yield return new(ManagementPaths.RelayName, mesh.Ofport, null, own, null, ManagementPaths.Relay, [Local], false, AmongMembers: true);
        yield return new(ManagementPaths.RelayName, Local, own, null, ManagementPaths.Relay, null, [mesh.Ofport], false, AmongMembers: true);
    }

    static int? NumberOf(Container container, BridgeSection bridge) => bridge.Ports.FirstOrDefault(p => p.Name == container.Veth) is { } port ? PortNumber.Of(port) : null;

    static string? Host(string? address) => address?.Split('/')[0] is { } host && IPAddress.TryParse(host, out _) ? host : null;
}
