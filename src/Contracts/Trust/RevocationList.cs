using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MeshMcp.Contracts.Errors;

namespace MeshMcp.Contracts.Trust;

/// <summary>Certificates that are no longer to be believed.</summary>
/// <param name="What">A fingerprint, 64 hex digits: that certificate. A name: all that were issued under it, in whatever role, before <paramref name="At"/>.</param>
public sealed record Revocation(string What, DateTimeOffset At);

/// <summary>All of them, signed by the mesh's authority, so that it may come by whatever way.</summary>
/// <param name="Number">The list with the higher one is the newer.</param>
/// <param name="Signature">Base64: ECDSA with SHA-256, by the authority's key.</param>
public sealed record RevocationList(int Number, IReadOnlyList<Revocation> Revoked, string Signature = "")
{
    public static readonly RevocationList None = new(0, []);

    /// <summary>Checks a fingerprint or a name.</summary>
    /// <exception cref="MeshException">InvalidArgument.</exception>
    public static string Checked(string what) => IsFingerprint(what) || MeshName.IsValid(what)
        ? what
        : throw new MeshException(ErrorKind.InvalidArgument, $"'{what}' is neither a name nor a fingerprint.", "what", "A name as in the certificate (mcp, edge1), or 64 hex digits: openssl x509 -in FILE -noout -fingerprint -sha256, lower case, without colons.");

    /// <summary>Since when the certificate of this identity is revoked; null when it is not.</summary>
    public DateTimeOffset? Since(MeshIdentity identity) =>
        Revoked.FirstOrDefault(r => IsFingerprint(r.What) ? r.What == identity.Fingerprint : r.What == identity.Name && !(identity.Issued >= r.At))?.At;

    /// <summary>The next one, with one more.</summary>
    public RevocationList With(Revocation revocation, ECDsa key)
    {
        var next = new RevocationList(Number + 1, [.. Revoked.Where(r => r.What != revocation.What), revocation]);
        return next with { Signature = Convert.ToBase64String(key.SignData(next.ToSign(), HashAlgorithmName.SHA256)) };
    }

    /// <param name="authority">The mesh's certificate.</param>
    public bool IsSignedBy(X509Certificate2 authority)
    {
        using var key = authority.GetECDsaPublicKey();
        var bytes = new byte[Signature.Length];
        // What is neither would make the signed text mean several lists.
        return Revoked.All(r => IsFingerprint(r.What) || MeshName.IsValid(r.What)) && key is not null && Convert.TryFromBase64String(Signature, bytes, out var length) && key.VerifyData(ToSign(), bytes.AsSpan(0, length), HashAlgorithmName.SHA256);
    }

    byte[] ToSign() => Encoding.UTF8.GetBytes($"meshmcp revocations\n{Number}\n{string.Concat(Revoked.Select(r => $"{r.What} {r.At.ToUnixTimeSeconds()}\n"))}");

    static bool IsFingerprint(string what) => what.Length == 64 && what.All(char.IsAsciiHexDigitLower);
}

/// <summary>Body of <c>POST /v1/revocations</c>.</summary>
public sealed record RevokeRequest(string What);
