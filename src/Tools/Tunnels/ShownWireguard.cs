using MeshMcp.Contracts.Nodes;
using MeshMcp.Tools.Answers;

namespace MeshMcp.Tools.Tunnels;

/// <summary>Answer of <c>wg_status</c>.</summary>
public sealed record ShownWireguard(string Node, int Total, IReadOnlyList<WireguardInterface> Interfaces)
{
    /// <summary>Peers that were left out.</summary>
    public int? PeersLeftOut { get; init; }
}

/// <summary>Answer of <c>wg_add_client</c>.</summary>
/// <param name="Configuration">For the client's device; only where it was to be revealed.</param>
sealed record ShownAccess(string Node, string Name, string Address, string PublicKey, string? Configuration, IReadOnlyList<string> Notes)
{
    public ShownHandover? Handover { get; init; }
    public DateTimeOffset? Expires { get; init; }
    public int? Generation { get; init; }
    /// <summary>The call to make, when the change is not kept without it.</summary>
    public string? Confirm { get; init; }
}
