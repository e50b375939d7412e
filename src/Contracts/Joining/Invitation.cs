using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.Trust;

namespace MeshMcp.Contracts.Joining;

/// <summary>All that a new node needs to join, in one string: whoever holds it may become that one node, once, until it expires.</summary>
/// <param name="Url">Where to send the signing request, <c>https://HOST:PORT/enroll</c>.</param>
/// <param name="Authority">SHA-256 of the mesh's authority certificate (DER), 64 lower-case hex digits: whom to believe.</param>
/// <param name="Secret">Redeemed once.</param>
/// <param name="Node">The name that the new node gets.</param>
/// <param name="NetmakerKey">Enrollment key of the Netmaker network, for nodes that get their tunnel from it.</param>
/// <param name="Network">The Netmaker network that the key lets into.</param>
public sealed record Invitation(string Url, string Authority, string Secret, string Node, DateTimeOffset Expires, string? NetmakerKey = null, string? Network = null)
{
    const int SecretBytes = 32;

    public static string NewSecret() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(SecretBytes));

    /// <summary>How a secret is kept: it has 256 random bits, so it needs no salt.</summary>
    public static string Hash(string secret) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));

    /// <summary>Base64url of its JSON: one word that survives a shell and a chat window.</summary>
    public string ToText() => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(this, MeshJson.Default.Invitation));

    /// <exception cref="MeshException">InvalidArgument: the text is not an invitation, or was cut.</exception>
    public static Invitation Parse(string text)
    {
        try
        {
            if (JsonSerializer.Deserialize(Base64Url.DecodeFromChars(text.Trim()), MeshJson.Default.Invitation) is { } read)
            {
                EnrollmentUrl.Checked(read.Url);
                MeshName.Checked(read.Node);
                return read;
            }
        }
        catch (Exception e) when (e is FormatException or JsonException)
        {
            throw new MeshException(ErrorKind.InvalidArgument, "This is not an invitation, or a part of it is missing.", "STRING", "Copy the invitation whole, as it was printed.", e);
        }
        throw new MeshException(ErrorKind.InvalidArgument, "This is not an invitation.", "STRING", "Copy the invitation whole, as it was printed.");
    }

    public override string ToString() => $"invitation of {Node}";
}
