using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Files;

namespace MeshMcp.Server.Acme;

/// <summary>The key of an account with an ACME authority (ECDSA P-256), by which that knows who asks.</summary>
sealed class AcmeKey : IDisposable
{
    const string P256 = "1.2.840.10045.3.1.7";

    readonly ECDsa _key;

    AcmeKey(ECDsa key)
    {
        _key = key;
        var point = key.ExportParameters(includePrivateParameters: false).Q;
        Jwk = new("P-256", "EC", Base64Url.EncodeToString(point.X), Base64Url.EncodeToString(point.Y));
        Thumbprint = ThumbprintOf(JsonSerializer.Serialize(Jwk, AcmeJson.Default.AcmeJwk));
    }

    public AcmeJwk Jwk { get; }

    /// <summary>RFC 7638, with SHA-256.</summary>
    public string Thumbprint { get; }

    /// <param name="members">The required members of a key, in the order of their names, without spaces.</param>
    public static string ThumbprintOf(string members) => Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes(members)));

    /// <summary>The key in the file; a new one where there is none.</summary>
    /// <exception cref="MeshException">InvalidArgument: the file is no such key. PermissionDenied: it may not be read, or a new one not be written.</exception>
    public static AcmeKey Keep(string file)
    {
        try
        {
            if (File.Exists(file)) return FromPem(File.ReadAllText(file));
            using var made = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            AtomicFile.Write(file, Encoding.ASCII.GetBytes(made.ExportPkcs8PrivateKeyPem() + "\n"), AtomicFile.Secret);
            return FromPem(made.ExportPkcs8PrivateKeyPem());
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw new MeshException(ErrorKind.InvalidArgument, $"The account's key cannot be used: {e.Message}", file, "Put the right file back, or delete it: then another account is made, which costs nothing but the authority's limits.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new MeshException(ErrorKind.PermissionDenied, $"The account's key cannot be kept: {e.Message}", file, "The user of this role must own the folder.", e);
        }
    }

    /// <exception cref="CryptographicException">No key, or one of another kind.</exception>
    public static AcmeKey FromPem(string pem)
    {
        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(pem);
            if (key.ExportParameters(includePrivateParameters: true).Curve.Oid.Value != P256) throw new CryptographicException("it is not of the curve P-256");
            return new(key);
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }

    /// <summary>A request as it is sent.</summary>
    /// <param name="account">The account's URL; null while there is none: then the key itself says who asks.</param>
    /// <param name="payload">JSON; empty for what is only read.</param>
    public byte[] Signed(string url, string nonce, string? account, ReadOnlySpan<byte> payload)
    {
        var header = new SignedHeader("ES256", nonce, url, account is null ? Jwk : null, account);
        var (told, said) = (Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(header, AcmeJson.Default.SignedHeader)), Base64Url.EncodeToString(payload));
        return JsonSerializer.SerializeToUtf8Bytes(new(told, said, Sign($"{told}.{said}")), AcmeJson.Default.SignedRequest);
    }

    /// <summary>What the authority must find under a challenge's token.</summary>
    public string Answer(string token) => $"{token}.{Thumbprint}";

    /// <summary>ES256: both numbers of the signature, 32 bytes each.</summary>
    public string Sign(string text) => Base64Url.EncodeToString(_key.SignData(Encoding.ASCII.GetBytes(text), HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation));

    public void Dispose() => _key.Dispose();
}
