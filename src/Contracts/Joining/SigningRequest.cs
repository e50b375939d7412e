using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Trust;

namespace MeshMcp.Contracts.Joining;

/// <summary>A new key and the request to certify it; the key never leaves the node.</summary>
public sealed record SigningRequest(string CsrPem, string KeyPem)
{
    const string Purpose = "meshmcp renewal\n", P256 = "1.2.840.10045.3.1.7";

    public static SigningRequest Create(string node)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(new X500DistinguishedName($"CN={MeshName.Checked(node)}, O=MeshMcp"), key, HashAlgorithmName.SHA256);
        return new(request.CreateSigningRequestPem(), key.ExportPkcs8PrivateKeyPem());
    }

    /// <summary>Makes sure that what was signed is this key's certificate and will be believed, before anything is replaced by it.</summary>
    /// <exception cref="MeshException">VerificationFailed.</exception>
    public void Check(string certificatePem, TrustStore trust, string node, DateTimeOffset now)
    {
        try
        {
            using var pair = X509Certificate2.CreateFromPem(certificatePem, KeyPem);
            if (trust.Verify(pair, MeshRole.Node, node, now) is PeerVerification.Refused no)
                throw new MeshException(ErrorKind.VerificationFailed, $"The new certificate {no.Message}. Nothing was replaced.", node, no.Hint);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw new MeshException(ErrorKind.VerificationFailed, $"The new certificate does not belong to the new key ({e.Message}). Nothing was replaced.", node, "Ask for a new invitation.", e);
        }
    }

    /// <summary>The public key that a request shows and has signed with. Nothing else of the request counts.</summary>
    /// <exception cref="MeshException">InvalidArgument: no request, not signed by its own key, or another kind of key.</exception>
    public static PublicKey KeyIn(string csrPem)
    {
        try
        {
            var request = CertificateRequest.LoadSigningRequestPem(csrPem, HashAlgorithmName.SHA256);
            using var key = request.PublicKey.GetECDsaPublicKey();
            if (key?.ExportParameters(false).Curve.Oid.Value == P256) return request.PublicKey;
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw new MeshException(ErrorKind.InvalidArgument, $"The signing request cannot be used: {e.Message}", "csr", "Send a PKCS #10 request as PEM, signed by its own key.", e);
        }
        throw new MeshException(ErrorKind.InvalidArgument, "The key of the signing request is not ECDSA P-256.", "csr", "Make one with: openssl ecparam -name prime256v1 -genkey.");
    }

    /// <summary>Proves that the holder of <paramref name="current"/> asks for <paramref name="csrPem"/>.</summary>
    public static RenewalProof Prove(string csrPem, X509Certificate2 current)
    {
        using var key = current.GetECDsaPrivateKey() ?? throw new MeshException(ErrorKind.InvalidArgument, "The present certificate has no ECDSA key.", current.Subject, "Join again with a new invitation.");
        return new(current.ExportCertificatePem(), Convert.ToBase64String(key.SignData(ToSign(csrPem), HashAlgorithmName.SHA256)));
    }

    public static bool IsProvenBy(string csrPem, X509Certificate2 current, string signature)
    {
        using var key = current.GetECDsaPublicKey();
        var bytes = new byte[signature.Length];
        return key is not null && Convert.TryFromBase64String(signature, bytes, out var length) && key.VerifyData(ToSign(csrPem), bytes.AsSpan(0, length), HashAlgorithmName.SHA256);
    }

    /// <summary>What is signed: not the bare request, so that a signature made for anything else is of no use here.</summary>
    public static byte[] ToSign(string csrPem) => Encoding.UTF8.GetBytes(Purpose + csrPem);
}
