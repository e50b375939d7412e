using System.Text.Json.Serialization;
using MeshMcp.Contracts.Errors;

namespace MeshMcp.Contracts.Changes;

public enum GenerationStatus
{
    Applying,
    AwaitingConfirmation,
    Confirmed,
    RolledBack,
    /// <summary>Neither the change nor its undoing could be completed: <see cref="Generation.Error"/> says what is left.</summary>
    Failed,
}

/// <summary>One change of a node: which declared document and which edits it stood for, and how it ended.</summary>
/// <param name="Declared">Digest of the declared document.</param>
/// <param name="Head">Number of the newest edit it contains; 0 without edits.</param>
public sealed record Generation(
    int Number,
    GenerationStatus Status,
    DateTimeOffset At,
    string By,
    string? Why,
    string Declared,
    int Head,
    IReadOnlyList<PlannedStep> Steps)
{
    public IReadOnlyList<string> Edits { get; set; } = [];
    /// <summary>How many earlier edits count no more, as its document says the same or otherwise.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] public int Settled { get; init; }
    /// <summary>Sections of the state that it was about.</summary>
    public IReadOnlyList<string> Systems { get; set; } = [];
    public Confirmation? Confirmation { get; init; }
    /// <summary>Why it was undone, or could not be.</summary>
    public MeshError? Error { get; init; }
    public DateTimeOffset? EndedAt { get; init; }
    /// <summary>What a change that failed left behind, as it could not be undone.</summary>
    public IReadOnlyList<LostItem> Lost { get; set; } = [];
}

/// <summary>Something that could not be undone.</summary>
/// <param name="System">Where it is.</param>
/// <param name="What">What would have been to do, and why it could not be done.</param>
public sealed record LostItem(string System, string What);

/// <summary>What keeps a change that could cut the operator off.</summary>
/// <param name="Within">Seconds the confirmation may take.</param>
/// <param name="Deadline">For people; the node itself counts on a clock that cannot be set.</param>
/// <param name="ByCaller">The confirmation must come from the caller, on a new connection; otherwise the server confirms by itself over a new relay connection.</param>
/// <param name="CallerMustReconnect">The caller's own traffic crosses what changed, so only a new connection of his proves the path.</param>
public sealed record Confirmation(int Within, DateTimeOffset Deadline, bool ByCaller, bool CallerMustReconnect)
{
    /// <summary>Seconds left when this was read.</summary>
    public double? SecondsLeft { get; init; }
    /// <summary>Seconds since the change was in place when this was read.</summary>
    public double? SecondsSince { get; init; }
    /// <summary>How it was confirmed: <c>server over a new relay connection</c>, <c>caller reconnected</c>, <c>local: path not proven</c>.</summary>
    public string? ConfirmedBy { get; init; }
}
