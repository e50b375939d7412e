using MeshMcp.Contracts.Changes;

namespace MeshMcp.Contracts.Nodes;

/// <summary>One line of <c>GET /v1/events</c>, and one of <c>GET /v1/events/recent</c>, there without <paramref name="Apply"/>.</summary>
/// <param name="Kind"><c>apply</c>, <c>confirmed</c>, <c>rolledBack</c>, <c>expired</c>, <c>healed</c>, <c>healingFailed</c>, <c>tunnelDead</c>, <c>tunnelUp</c>.</param>
public sealed record NodeEvent(DateTimeOffset At, string Kind, string Message, int? Generation = null, ApplyEvent? Apply = null)
{
    /// <summary>Counted from 1 since the agent started.</summary>
    public long? Number { get; init; }
}
