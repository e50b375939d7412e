using MeshMcp.Contracts.Nodes;
using MeshMcp.HostBridge.Network;

namespace MeshMcp.HostBridge.Systems.Uplink;

/// <param name="Record">Of the table that we made last; null: none.</param>
/// <param name="Listing">Our table as it is; null: there is none.</param>
/// <param name="DroppingForward">Others' chains that drop what they do not accept.</param>
/// <param name="Device">The uplink; null while there is none.</param>
/// <param name="Addresses">Of the uplink.</param>
/// <param name="Forwards">The kernel forwards packets.</param>
/// <param name="Listeners">Programs of the node that listen; looked for only when a port is to be published anew.</param>
public sealed record ObservedUplink(
    UplinkRecord? Record, string? Listing, IReadOnlyList<string> DroppingForward, string? Device, IReadOnlyList<string> Addresses, bool Forwards, IReadOnlyList<Listener> Listeners)
{
    public IReadOnlyList<Contracts.Changes.Finding> LeftOut { get; init; } = [];
}
