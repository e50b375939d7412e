namespace MeshMcp.Contracts.Nodes;

/// <summary>One mutating call or refusal. Each entry holds the hash of the one before, so a missing or altered line shows.</summary>
/// <param name="Parameters">The request as compact JSON.</param>
public sealed record AuditEntry(
    long Number, DateTimeOffset At, string Node, string Caller, string Action, string Parameters, string Outcome, int? Generation, string Previous, string Hash);
