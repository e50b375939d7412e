using MeshMcp.Contracts.State;

namespace MeshMcp.Contracts.Nodes;

/// <summary>Units of a node: <c>GET /v1/units?name=</c>.</summary>
/// <param name="Trouble">Why systemd does not answer; absent when it does.</param>
/// <param name="Total">How many there are; at most 100 are listed.</param>
public sealed record UnitList(string? Trouble, int Total, IReadOnlyList<UnitStatus> Units);

/// <param name="Name">Its own name, also when it was asked for by another.</param>
/// <param name="Load"><c>loaded</c>, <c>not-found</c>, <c>masked</c> …</param>
/// <param name="Active"><c>active</c>, <c>inactive</c>, <c>failed</c>, <c>activating</c> …</param>
/// <param name="File"><c>enabled</c>, <c>disabled</c>, <c>static</c>, <c>masked</c> …; empty without a file.</param>
public sealed record UnitStatus(string Name, string Description, string Load, string Active, string Sub, string File)
{
    /// <summary>Why it failed.</summary>
    public string? Failure { get; init; }
    /// <summary>What the desired state says of it.</summary>
    public UnitState? Wanted { get; init; }
    /// <summary>What it goes back to when the state says nothing of it any more.</summary>
    public UnitState? Before { get; init; }
    /// <summary>Its last lines, where it is the only one asked for or failed.</summary>
    public IReadOnlyList<string> Journal { get; set; } = [];
}
