using System.Security.Cryptography;
using MeshMcp.Contracts.Changes;

namespace MeshMcp.HostBridge.Systems.Xray;

/// <summary>A program's configuration with what had to be left out of it.</summary>
/// <param name="Content">Null while it cannot be made at all.</param>
/// <param name="Users">Names of the users in it.</param>
/// <param name="Waiting">What is missing, and what to do.</param>
public sealed record XrayRendering(byte[]? Content, IReadOnlyList<string> Users, IReadOnlyList<Finding> Waiting)
{
    public string? Digest { get; } = Content is null ? null : DigestOf(Content);

    public static string DigestOf(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content));
}
