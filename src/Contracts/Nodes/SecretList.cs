namespace MeshMcp.Contracts.Nodes;

/// <summary>Names of a node's secrets. The secrets themselves are never read back.</summary>
public sealed record SecretList(IReadOnlyList<StoredSecret> Secrets);

/// <param name="Sha256">Of the content, the first 16 hexadecimal digits.</param>
public sealed record StoredSecret(string Name, DateTimeOffset At, int Bytes, string Sha256);

/// <summary>Body of <c>PUT /v1/secrets/{name}</c>.</summary>
public sealed record SecretContent(string Value);
