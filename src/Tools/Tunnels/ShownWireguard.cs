using MeshMcp.Contracts.Nodes;
using MeshMcp.Tools.Answers;
using MeshMcp.Tools.Changes;

namespace MeshMcp.Tools.Tunnels;

/// <summary>Answer of <c>wg_status</c>.</summary>
public sealed record ShownWireguard(string Node, int Total, IReadOnlyList<WireguardInterface> Interfaces) : Told
{
    /// <summary>Peers that were left out.</summary>
    public int? PeersLeftOut { get; init; }
}

/// <summary>Answer of <c>wg_add_client</c>.</summary>
/// <param name="Configuration">For the client's device; only where it was to be revealed.</param>
sealed record ShownAccess(string Node, ChangeOutcome Outcome, string Name, string Address, string PublicKey, string? Configuration, IReadOnlyList<string> Notes) : Told
{
    /// <summary>What it waits for before the client can connect.</summary>
    public IReadOnlyList<string>? Waits { get; init; }
    public ShownHandover? Handover { get; init; }
    public DateTimeOffset? Expires { get; init; }
    public int? Generation { get; init; }
    /// <summary>The call to make, when the change is not kept without it.</summary>
    public string? Confirm { get; init; }
}
