using System.Net;
using MeshMcp.Contracts.Errors;
using MeshMcp.HostBridge.Network;

namespace MeshMcp.HostBridge.Engine;

/// <summary>What a new address has in common with the addresses and routes that the node has already on other devices: replies would take another way than the one they came by. Pure.</summary>
static class AddressOverlap
{
    public static IEnumerable<Problem> Of(Touch.Address address, ManagementPaths paths)
    {
        if (address.Before == address.After) yield break;
        var (network, host, own) = (Networks.Of(address.After), Networks.AddressOf(address.After), paths.OwnDevices);
        if (paths.Gateway is { } gateway && network.Contains(IPAddress.Parse(gateway)))
            yield return new(address.Path, host.Equals(IPAddress.Parse(gateway)) ? $"{host} is the gateway of this node's default route." : $"{network} holds {gateway}, the gateway of this node's default route: the node would lose its way out.");
        foreach (var device in paths.Host.Devices.Where(d => d.Name != address.Device && !own.Contains(d.Name)))
            if (device.Addresses.FirstOrDefault(a => Overlaps(a, address.After)) is { } taken)
                yield return new(address.Path, $"{network} overlaps {Networks.Of(taken)}, where {device.Name} of this node has {taken.Split('/')[0]}. Take a network that the node does not know yet.");
        foreach (var route in paths.Host.Routes.Where(r => r.Device is { } device && device != address.Device && !own.Contains(device)))
            if (Overlaps(route.Destination, address.After))
                yield return new(address.Path, $"{network} overlaps {route.Destination}, which this node reaches by {route.Device}. Take a network that the node does not know yet.");
    }

    public static bool Overlaps(string one, string other) => Networks.Read(one) is { } a && Networks.Read(other) is { } b && Networks.Overlap(a, b);
}
