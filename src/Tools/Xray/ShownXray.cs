using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Tools.Answers;
using MeshMcp.Tools.Changes;

namespace MeshMcp.Tools.Xray;

/// <summary>Xray or v2ray on a node. Bytes are since the program started.</summary>
sealed record ShownXray(string Node, ShownXrayPart? Server, ShownXrayPart? Exit, int Total, IReadOnlyList<XrayUserStatus> Users, IReadOnlyList<Finding> Findings) : Told;

sealed record ShownXrayPart(string Container, string Program, string? Version, bool Configured, bool Running, string? To, IReadOnlyList<ShownXrayInbound> Inbounds, string? NoTraffic);

sealed record ShownXrayInbound(string Protocol, int Port, string Security, long? Up, long? Down);

/// <summary>A user who was added.</summary>
/// <param name="Links">Each lets whoever has it in; only where they were to be revealed.</param>
sealed record ShownXrayUser(string Node, ChangeOutcome Outcome, string Name, int? Generation, IReadOnlyList<XrayLink>? Links, IReadOnlyList<Finding>? Findings) : Told
{
    public ShownHandover? Handover { get; init; }
}

/// <summary>The links of a user who is there.</summary>
/// <param name="Links">As of <see cref="ShownXrayUser"/>.</param>
sealed record ShownXrayLinks(string Node, string Name, IReadOnlyList<XrayLink>? Links) : Told
{
    public ShownHandover? Handover { get; init; }
}
