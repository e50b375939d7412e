using MeshMcp.Contracts.State;

namespace MeshMcp.Contracts.Nodes;

/// <summary>Names of a node's secrets. The secrets themselves are never read back.</summary>
public sealed record SecretList(IReadOnlyList<StoredSecret> Secrets);

/// <param name="Sha256">Of the content, the first 16 hexadecimal digits.</param>
/// <param name="Kind">What it is for; null for one of an earlier version, which said none: it goes anywhere but into a container's file.</param>
public sealed record StoredSecret(string Name, DateTimeOffset At, int Bytes, string Sha256, SecretKind? Kind = null);

/// <summary>Body of <c>PUT /v1/secrets/{name}</c>.</summary>
public sealed record SecretContent(string Value, SecretKind Kind);
