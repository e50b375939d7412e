using MeshMcp.Contracts.Nodes;
using MeshMcp.Tools.Answers;

namespace MeshMcp.Tools.Setup;

/// <summary>Answer of <c>list_templates</c>.</summary>
sealed record ShownTemplates(string Node, int Total, IReadOnlyList<Template> Templates, int? NextCursor) : Told;

/// <summary>Answer of <c>list_secrets</c>: never what is in one.</summary>
sealed record ShownSecrets(string Node, int Total, IReadOnlyList<ShownSecret> Secrets, int? NextCursor) : Told;

/// <param name="Kind">What it is for; left out for one that an earlier version stored without saying it.</param>
sealed record ShownSecret(string Name, string? Kind, DateTimeOffset At);

/// <summary>Answer of <c>invite_node</c>.</summary>
/// <param name="Invitation">One word; only where it was to be revealed.</param>
sealed record ShownInvitation(string Node, string Name, DateTimeOffset Expires, string? Invitation) : Told
{
    public ShownHandover? Handover { get; init; }
}
