using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Host.Lxc;
using MeshMcp.HostBridge.OpenVSwitch;

namespace MeshMcp.HostBridge.Systems.Lxc;

/// <summary>Which of the host's ids are a container's.</summary>
static class ContainerIds
{
    /// <summary>Also said as <c>id_map: 0</c>.</summary>
    public static bool IsPrivileged(Container container) => container.Properties.Privileged == true || container.Properties.IdMap == 0;

    /// <summary>The host id of its root; null when that is the host's own. Where the state names none it follows from the container's id, so that it stays with it and is nobody else's.</summary>
    public static uint? FirstOf(Container container) =>
        IsPrivileged(container) ? null
        : container.Properties.IdMap is { } named ? (uint)named
        : int.TryParse(container.Id, out var id) && id is >= 1 and <= PortNumber.Last ? (uint)id * Rendering.Ids
        : null;
}
