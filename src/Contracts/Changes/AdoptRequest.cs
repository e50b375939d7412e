namespace MeshMcp.Contracts.Changes;

/// <summary>Takes what is on the host into the desired state, as edits: <c>POST /v1/adopt</c>. Of ours only; what others made stays theirs.</summary>
public sealed record AdoptRequest(string Section, string? Why = null);
