using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Nodes;

namespace MeshMcp.Tools.Xray;

/// <summary>Xray or v2ray on a node. Bytes are since the program started.</summary>
sealed record ShownXray(string Node, ShownXrayPart? Server, ShownXrayPart? Exit, int Total, IReadOnlyList<XrayUserStatus> Users, IReadOnlyList<Finding> Findings);

sealed record ShownXrayPart(string Container, string Program, string? Version, bool Configured, bool Running, string? To, IReadOnlyList<ShownXrayInbound> Inbounds, string? NoTraffic);

sealed record ShownXrayInbound(string Protocol, int Port, string Security, long? Up, long? Down);

/// <summary>A user who was added.</summary>
/// <param name="Links">Shown this once; each lets whoever has it in.</param>
sealed record ShownXrayUser(string Node, string Name, int? Generation, IReadOnlyList<XrayLink> Links, IReadOnlyList<Finding>? Findings);
