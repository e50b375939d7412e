using System.Text.Json;
using System.Text.Json.Serialization;
using MeshMcp.Contracts.Edits;

namespace MeshMcp.Contracts.Changes;

/// <summary>What should change: a new declared document, edits, or both. Planned by <c>POST /v1/plan</c>, carried out by <c>POST /v1/apply</c>.</summary>
public sealed record ChangeRequest
{
    /// <summary>Replaces the declared document; edits made before stay on top of it.</summary>
    public JsonElement? Declared { get; init; }
    public IReadOnlyList<Edit> Edits { get; set => field = value.All(e => e is not null) ? value : throw new JsonException("An edit is null."); } = [];
    /// <summary>Digest of the plan that was looked at; any other plan is refused as a conflict.</summary>
    public string? ExpectedDigest { get; init; }
    /// <summary>The revision of the state that was looked at; a state that changed since is refused as a conflict.</summary>
    public string? ExpectedRevision { get; init; }
    /// <summary>Seconds (5-3600) after which the change is undone unless confirmed, also where no confirmation is required.</summary>
    public int? ConfirmWithin { get; init; }
    /// <summary>For how long the edits are (<c>60s</c>, <c>30m</c>; see <c>Expiry.While</c>): the node takes them back then, as a change of its own. For <c>addFlow</c> and <c>publishPort</c>; made again it gives them that time anew, without it keeps them.</summary>
    public string? For { get; init; }
    /// <summary>Also carried out when it certainly cuts a way to the node; needs scope <c>admin</c>, and is confirmed all the same.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] public bool Force { get; init; }
    public string? Why { get; init; }
}

/// <summary>Back to the desired state of an earlier generation, or one change taken back and later ones left, or, without a number, undo the change that waits for confirmation.</summary>
public sealed record RollbackRequest
{
    public int? To { get; init; }
    /// <summary>The generation whose edits are taken back; where later ones rest on them that is refused.</summary>
    public int? Undo { get; init; }
    /// <summary>Without <see cref="To"/>: only when this is the generation that is being made or waits.</summary>
    public int? Only { get; init; }
    public int? ConfirmWithin { get; init; }
    /// <inheritdoc cref="ChangeRequest.Force"/>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] public bool Force { get; init; }
    public string? Why { get; init; }
}

/// <summary>Keeps a change that waits for confirmation.</summary>
public sealed record ConfirmRequest
{
    /// <summary>A server attests that its caller came in on a connection accepted after the change was applied.</summary>
    public bool CallerReconnected { get; init; }
    /// <summary>The caller knows that another made the change; only an admin may keep it then.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] public bool OfAnother { get; init; }
    /// <summary>Does not keep the change yet: it gets so many seconds from now (5-3600) before it is undone. Proves nothing, so it needs no new connection.</summary>
    public int? Extend { get; init; }
}
