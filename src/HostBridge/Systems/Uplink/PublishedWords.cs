using MeshMcp.Contracts.State;

namespace MeshMcp.HostBridge.Systems.Uplink;

/// <summary>A published port in words.</summary>
static class PublishedWords
{
    /// <summary>Equal for ports that are published in the same way.</summary>
    public static string Key(PublishedPort port) => $"{port.Protocol}/{port.Port} {port.Address}:{port.ContainerPort ?? port.Port} {string.Join(' ', port.Sources)}";

    public static bool Same(PublishedPort one, PublishedPort other) => Key(one) == Key(other);

    public static string Opens(PublishedPort port) =>
        $"opens {port.Protocol}/{port.Port} to {(port.Sources.Count == 0 ? "the internet" : string.Join(", ", port.Sources))} (container {port.Container}, {port.Address}:{port.ContainerPort ?? port.Port})";
}
