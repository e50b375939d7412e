using System.Security.Cryptography;
using System.Text;

namespace MeshMcp.Contracts.Trust;

/// <summary>A bearer token as it is kept at rest: never the token, only its hash.</summary>
/// <param name="Name">Who uses it; audit and logs carry this name. 1-64 of <c>a-z A-Z 0-9 . _ -</c>, unique in its file.</param>
/// <param name="Scopes">At least one; a scope includes the ones below it.</param>
/// <param name="Sha256">SHA-256 of the token's UTF-8 text, 64 lower-case hexadecimal digits. A token has 256 random bits, so it needs no salt.</param>
/// <param name="Nodes">The nodes it may speak about; all when absent.</param>
public sealed record Token(string Name, IReadOnlyList<Scope> Scopes, string Sha256, DateTimeOffset Created, DateTimeOffset? Expires = null, IReadOnlyList<string>? Nodes = null)
{
    const string Prefix = "mesh_";

    /// <summary>A new secret; it is shown once and cannot be found again.</summary>
    public static string NewPlain() => Prefix + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));

    public static string Hash(string plain) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(plain)));

    /// <summary>The token among <paramref name="tokens"/> that <paramref name="plain"/> is, or null; expired ones are not found. Takes the same time for every miss.</summary>
    public static Token? Find(IReadOnlyList<Token> tokens, string plain, DateTimeOffset now)
    {
        var given = SHA256.HashData(Encoding.UTF8.GetBytes(plain));
        Token? found = null;
        foreach (var token in tokens)
            if (CryptographicOperations.FixedTimeEquals(Convert.FromHexString(token.Sha256), given)) found = token;
        return found is { Expires: { } expires } && expires <= now ? null : found;
    }
}
