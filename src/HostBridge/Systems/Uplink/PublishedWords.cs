using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Network;

namespace MeshMcp.HostBridge.Systems.Uplink;

/// <summary>A published port in words.</summary>
static class PublishedWords
{
    /// <summary>Equal for ports that are published in the same way.</summary>
    public static string Key(PublishedPort port) => $"{port.Protocol}/{port.Port} {port.Address}:{port.ContainerPort ?? port.Port} {string.Join(' ', port.Sources)}";

    public static bool Same(PublishedPort one, PublishedPort other) => Key(one) == Key(other);

    /// <param name="addresses">Of the uplink: whether the internet is behind them is not ours to promise.</param>
    public static string Opens(PublishedPort port, IReadOnlyList<string> addresses)
    {
        var name = $"{port.Protocol}/{port.Port}";
        var to = port.Sources.Count > 0 ? string.Join(", ", port.Sources)
            : addresses.Any(AddressReach.IsPublic) ? "the internet"
            : $"everybody who reaches {(addresses is [var first, ..] ? first : "the uplink, which has no address yet")}";
        var limit = AddressReach.AreNear(port.Sources) ? null : AddressReach.Limit(addresses, name);
        return $"opens {name} to {to} (container {port.Container}, {port.Address}:{port.ContainerPort ?? port.Port}){(limit is null ? "" : $"; {limit}")}";
    }
}
