using MeshMcp.Contracts.Nodes;
using MeshMcp.Tools.Answers;

namespace MeshMcp.Tools.Diagnosis;

/// <summary>Answer of <c>check_node</c>.</summary>
/// <param name="Fine">How many found nothing wrong.</param>
/// <param name="Checks">From the kernel upwards; those that are fine only where they were asked for.</param>
sealed record ShownCheckup(string Node, int Broken, int Warnings, int Fine, IReadOnlyList<ShownCheck> Checks) : Told
{
    public int? NextCursor { get; init; }
}

/// <param name="Hint">What to do.</param>
sealed record ShownCheck(string Layer, string What, Health Health, string Message, string? Hint);

/// <summary>Answer of <c>list_ports</c>.</summary>
/// <param name="Interface">The uplink; left out where there is none.</param>
/// <param name="Published">Ports of the node's addresses that lead into containers.</param>
/// <param name="Listening">Programs of the node itself.</param>
sealed record ShownPorts(string Node, string? Interface, IReadOnlyList<string> Addresses, IReadOnlyList<PublishedStatus> Published, IReadOnlyList<Listener> Listening) : Told
{
    /// <summary>What stands between the internet and these addresses; left out where one is public.</summary>
    public string? Reach { get; init; }
    /// <summary>Why it is not known what listens.</summary>
    public string? Problem { get; init; }
    public int? NextCursor { get; init; }
}

/// <summary>Answer of <c>list_events</c>.</summary>
sealed record ShownEvents(string Node, IReadOnlyList<ShownEvent> Events, long? NextCursor) : Told;

sealed record ShownEvent(long Number, DateTimeOffset At, string Kind, string Message, int? Generation);

/// <summary>Answer of <c>search_audit</c>.</summary>
sealed record ShownAudit(string Node, IReadOnlyList<ShownEntry> Entries, long? NextCursor) : Told;

/// <param name="Caller">Who is proven.</param>
/// <param name="SpeaksFor">For whom the caller says that it speaks, which nothing proves.</param>
/// <param name="Parameters">The request, secrets as hashes.</param>
sealed record ShownEntry(long Number, DateTimeOffset At, string Caller, string? SpeaksFor, string Action, string? Tool, string Outcome, int? Generation, string Parameters);
