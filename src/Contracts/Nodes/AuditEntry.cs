using System.Text.Json.Serialization;

namespace MeshMcp.Contracts.Nodes;

/// <summary>One mutating call or refusal. Each entry holds the hash of the one before, so a missing or altered line shows.</summary>
/// <param name="Parameters">The request as compact JSON, secrets as hashes.</param>
/// <param name="Tool">By which tool of a server; absent on the node itself.</param>
/// <param name="Caller">Who is proven: by the socket (<c>uid 0</c>), or by a certificate (<c>server/mcp</c>).</param>
/// <param name="Digest">Of the plan that was carried out.</param>
/// <param name="Says">For whom the caller says that it speaks, which nothing proves.</param>
public sealed record AuditEntry(
    long Number, DateTimeOffset At, string Node, string Caller, string Action, string Parameters, string Outcome, int? Generation, string Previous, string Hash, string? Tool = null, string? Digest = null, string? Says = null)
{
    /// <summary>Derived, and so neither written nor hashed.</summary>
    [JsonIgnore]
    public bool Refused => Outcome.StartsWith("refused", StringComparison.Ordinal);

    /// <summary>How an operation is told that was done: something was done on the node, and no change of its desired state.</summary>
    public const string Done = "done";

    [JsonIgnore] public string By => CallerIdentity.Told(Caller, Says);

    [JsonIgnore] public bool IsOperation => Generation is null && Outcome == Done;
}

/// <summary>Which entries; all that are given must fit. <c>GET /v1/audit</c> takes them by these names.</summary>
/// <param name="Before">Entries with lower numbers, to go on from an earlier answer.</param>
/// <param name="Caller">A part of the caller's name, as <see cref="AuditEntry.By"/> has it.</param>
/// <param name="Action">A part of the action or the tool's name.</param>
/// <param name="Text">A part of parameters or outcome.</param>
/// <param name="Operations">Only what was done and is no change of the desired state; on the node itself.</param>
public sealed record AuditQuery(int Limit = 100, long? Before = null, string? Caller = null, string? Action = null, string? Text = null, DateTimeOffset? Since = null, DateTimeOffset? Until = null, bool Refused = false, bool Operations = false)
{
    public bool Fits(AuditEntry entry) =>
        (Before is null || entry.Number < Before) && (Since is null || entry.At >= Since) && (Until is null || entry.At < Until) && (!Refused || entry.Refused) && (!Operations || entry.IsOperation)
        && Has(Caller, entry.By) && Has(Action, entry.Action, entry.Tool) && Has(Text, entry.Parameters, entry.Outcome);

    static bool Has(string? part, params IReadOnlyList<string?> texts) => part is null || texts.Any(t => t?.Contains(part, StringComparison.OrdinalIgnoreCase) == true);
}

/// <summary>Whether a chain is whole: <c>GET /v1/audit/verdict</c>.</summary>
/// <param name="First">Number of the oldest entry that is kept; what was before it is taken on trust.</param>
/// <param name="LastHash">Written down elsewhere, it later proves that nothing up to here was taken away.</param>
/// <param name="Torn">1 when the last line is one that a crash cut off, and never counted.</param>
public sealed record AuditVerdict(long Entries, long? First, long? Last, string? LastHash, int Torn, IReadOnlyList<AuditFault> Faults)
{
    /// <summary>Entries that came after the last head; null where there were no heads to compare with.</summary>
    public long? After { get; init; }

    /// <summary>Whose key signed the heads, <c>mesh://node/NAME</c>.</summary>
    public string? SignedBy { get; init; }

    public AuditVerdict With(AuditFault fault) => this with { Faults = [.. Faults, fault] };
}

/// <param name="Line">Counted from 1 over all files, oldest first; 0: no line in particular.</param>
public sealed record AuditFault(long Line, string What);

/// <summary>Body of <c>POST /v1/audit/refusals</c>: what a server refused before it reached this node.</summary>
/// <param name="Tool">What was asked for.</param>
/// <param name="Count">How many times, where the server has counted.</param>
public sealed record RefusalReport(string Tool, string Reason, int Count = 1);
