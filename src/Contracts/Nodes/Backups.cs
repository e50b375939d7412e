namespace MeshMcp.Contracts.Nodes;

/// <summary>Body of <c>POST /v1/backup</c>, on the local socket only.</summary>
/// <param name="Passphrase">At least 8 characters; without it nobody reads the backup again.</param>
public sealed record BackupRequest(string Passphrase);

/// <param name="Content">The sealed file.</param>
public sealed record BackupContent(string Node, int? Generation, int Edits, int Secrets, byte[] Content);

/// <summary>Body of <c>POST /v1/restore</c>, on the local socket only; answered like a change.</summary>
/// <param name="Force">Also on a node that has a state: it is replaced, and its secrets of the same names.</param>
public sealed record RestoreRequest(byte[] Content, string Passphrase, bool Force = false, int? ConfirmWithin = null, string? Why = null);
