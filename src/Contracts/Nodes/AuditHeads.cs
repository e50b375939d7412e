using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MeshMcp.Contracts.Trust;

namespace MeshMcp.Contracts.Nodes;

/// <summary>An entry of the audit, by its hash.</summary>
public sealed record AuditHead(long Number, string Hash)
{
    /// <summary>What was before the first entry of all.</summary>
    public static readonly AuditHead None = new(0, AuditChain.Beginning);

    public override string ToString() => $"{Number.ToString(CultureInfo.InvariantCulture)} {Hash}";

    internal static AuditHead? Read(string line) =>
        line.Split(' ') is [var number, var hash] && hash.Length == AuditChain.Beginning.Length && hash.All(char.IsAsciiHexDigitLower) && long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? new(n, hash) : null;
}

/// <summary>
/// What is written down of an audit apart from it, one <c>NUMBER HASH</c> a line: first the entry before the oldest that is kept, last the newest.
/// So entries that are gone from either end are missed. An exported one also has lines <c># …</c>: the node and the moment, and a signature of all before it by the key of the node's certificate.
/// </summary>
public sealed record AuditHeads(IReadOnlyList<AuditHead> All)
{
    const string Ours = "# ", Certificate = "# certificate ", Signature = "# signature ", Fault = "the signature of the heads is not that of their content: they were altered";

    public AuditHead First => All[0];

    public AuditHead Last => All[^1];

    /// <summary>Who signed it, and what was wrong with that; both null where nobody did.</summary>
    public MeshIdentity? SignedBy { get; private init; }

    public string? SignatureFault { get; private init; }

    /// <summary>The certificate, PEM.</summary>
    string? Signer { get; init; }

    /// <summary>Why nobody whom the mesh certified stands behind them; null where a node does, also one whose certificate has ended since.</summary>
    public string? SignerOf(TrustStore trust)
    {
        if (SignatureFault is { } fault) return fault;
        if (Signer is not { } pem) return "the heads are not signed";
        using var certificate = X509Certificate2.CreateFromPem(pem);
        return trust.Verify(certificate, MeshRole.Node, null, new(certificate.NotBefore)) is PeerVerification.Refused refused ? $"the certificate that signed the heads {refused.Message}" : null;
    }

    /// <summary>Null when no head is in it. What a crash tore off at its end counts for nothing.</summary>
    public static AuditHeads? Parse(string text)
    {
        var lines = text.Split('\n');
        var signature = Array.FindIndex(lines, l => l.StartsWith(Signature, StringComparison.Ordinal));
        // What stands behind the signature is nobody's word.
        var said = signature < 0 ? lines : lines[..signature];
        AuditHead[] all = [.. said.Select(AuditHead.Read).OfType<AuditHead>()];
        if (all.Length == 0) return null;
        var heads = new AuditHeads(all);
        return signature < 0 ? heads
            : lines[(signature + 1)..].Any(l => l.Length > 0) ? heads with { SignatureFault = Fault }
            : heads.SignedIn(string.Concat(said.Select(l => l + "\n")), lines[signature][Signature.Length..], said.FirstOrDefault(l => l.StartsWith(Certificate, StringComparison.Ordinal))?[Certificate.Length..]);
    }

    /// <summary>First and last, to be kept elsewhere.</summary>
    /// <param name="signer">The node's certificate with its key; null: unsigned.</param>
    public string Export(string node, DateTimeOffset at, X509Certificate2? signer)
    {
        var text = $"{First}\n{Last}\n{Ours}{node} {at.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}\n";
        using var key = signer?.GetECDsaPrivateKey();
        if (signer is null || key is null) return text;
        var signed = $"{text}{Certificate}{Convert.ToBase64String(signer.RawData)}\n";
        return $"{signed}{Signature}{Convert.ToBase64String(key.SignData(Signed(signed), HashAlgorithmName.SHA256))}\n";
    }

    AuditHeads SignedIn(string text, string signature, string? certificate)
    {
        try
        {
            using var signer = X509CertificateLoader.LoadCertificate(Convert.FromBase64String(certificate ?? ""));
            using var key = signer.GetECDsaPublicKey();
            return key?.VerifyData(Signed(text), Convert.FromBase64String(signature), HashAlgorithmName.SHA256) == true && MeshIdentity.TryRead(signer, out var identity) ? this with { SignedBy = identity, Signer = signer.ExportCertificatePem() } : this with { SignatureFault = Fault };
        }
        catch (Exception e) when (e is FormatException or CryptographicException)
        {
            return this with { SignatureFault = Fault };
        }
    }

    /// <summary>Not the bare text, so that a signature made for anything else is of no use here.</summary>
    static byte[] Signed(string text) => Encoding.UTF8.GetBytes("meshmcp audit heads\n" + text);
}
