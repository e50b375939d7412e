namespace MeshMcp.Contracts.Nodes;

public enum EditStatus
{
    /// <summary>The desired state is what it is because of it.</summary>
    InEffect,
    /// <summary>A later edit of the same item counts instead.</summary>
    Superseded,
    /// <summary>The declared document says the same, or was applied later and says otherwise; what documents say from then on counts.</summary>
    Absorbed,
    /// <summary>It does not fit the declared document; it comes back when it does.</summary>
    Suspended,
    /// <summary>Its time was over.</summary>
    Expired,
    /// <summary>Its change did not hold, or was rolled back.</summary>
    Reverted,
}

/// <summary>A node's edits, newest first: <c>GET /v1/edits</c>.</summary>
/// <param name="Total">How many were ever made; <paramref name="Edits"/> may be fewer.</param>
public sealed record EditList(int Total, IReadOnlyList<ListedEdit> Edits);

/// <param name="Item">Path of the item it is about.</param>
/// <param name="What">In words.</param>
/// <param name="Reason">Why it is suspended or was reverted; which edit or document counts instead.</param>
/// <param name="Generation">The change that brought it; absent for old ones.</param>
public sealed record ListedEdit(int Number, EditStatus Status, DateTimeOffset At, string By, string? Why, string Item, string What, string? Reason, int? Generation)
{
    /// <summary>When it is taken back by itself, by the calendar; null: never.</summary>
    public DateTimeOffset? Until { get; init; }
    /// <summary>Till then, while it counts; 0 where that is over and it could not be taken back yet.</summary>
    public double? SecondsLeft { get; init; }
}
