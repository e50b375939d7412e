using MeshMcp.Tools.Answers;

namespace MeshMcp.Tools.Changes;

/// <param name="Node">Absent where all nodes were asked: then each change names its own.</param>
/// <param name="NextCursor">Absent on the last page.</param>
/// <param name="Silent">Nodes that did not say theirs, and why.</param>
public sealed record ChangePage(string? Node, IReadOnlyList<ChangeRow> Changes, string? NextCursor = null, IReadOnlyList<string>? Silent = null) : Told;

/// <param name="Generation">Absent for what is no change of the desired state: a restart, an exec, a repair of drift.</param>
/// <param name="Status"><c>done</c>, or of a change <c>confirmed</c>, <c>awaitingConfirmation</c>, <c>rolledBack</c>, <c>applying</c> or <c>failed</c>.</param>
/// <param name="What">The edits, or that a declared document was applied.</param>
/// <param name="By">Who asked for it.</param>
public sealed record ChangeRow(int? Generation, string Status, DateTimeOffset At, string By, IReadOnlyList<string> What)
{
    public string? Node { get; init; }
    public string? Why { get; init; }
    /// <summary>Until it is undone, while it waits.</summary>
    public int? SecondsLeft { get; init; }
    /// <summary>How it was confirmed.</summary>
    public string? ConfirmedBy { get; init; }
    /// <summary>Why it was undone, or failed.</summary>
    public string? Because { get; init; }
}
