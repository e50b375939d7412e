using System.Diagnostics.CodeAnalysis;
using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;

namespace MeshMcp.Contracts.Trust;

/// <summary>Who a certificate says its holder is.</summary>
/// <param name="Fingerprint">SHA-256 of the DER form, 64 lower-case hex digits.</param>
public sealed partial record MeshIdentity(MeshRole Role, string Name, string Fingerprint)
{
    /// <summary>When it was issued, to the second; null where only the fingerprint was passed on.</summary>
    public DateTimeOffset? Issued { get; init; }

    /// <summary>The URI in the subject alternative names that carries role and name.</summary>
    public static string UriOf(MeshRole role, string name) => $"mesh://{WordOf(role)}/{name}";

    /// <summary>The role as it is written in certificates, file names and the preamble.</summary>
    public static string WordOf(MeshRole role) => role == MeshRole.Server ? "server" : "node";

    /// <summary>Reads the one <c>mesh://ROLE/NAME</c> of <paramref name="certificate"/>; false when there is none, more than one, or one of another form.</summary>
    public static bool TryRead(X509Certificate2 certificate, [NotNullWhen(true)] out MeshIdentity? identity)
    {
        identity = null;
        var uris = UrisOf(certificate).Where(u => u.StartsWith("mesh:", StringComparison.OrdinalIgnoreCase)).ToList();
        if (uris is not [var uri] || Form().Match(uri) is not { Success: true } match) return false;
        var role = match.Groups["role"].Value == "server" ? MeshRole.Server : MeshRole.Node;
        identity = new(role, match.Groups["name"].Value, Convert.ToHexStringLower(certificate.GetCertHash(HashAlgorithmName.SHA256))) { Issued = new DateTimeOffset(certificate.NotBefore) + CertificateAuthority.ClockSkew };
        return true;
    }

    public override string ToString() => UriOf(Role, Name);

    /// <summary>The framework's reader of this extension knows DNS names and addresses only, so the URIs (tag 6) are read here.</summary>
    static List<string> UrisOf(X509Certificate2 certificate)
    {
        var uris = new List<string>();
        if (certificate.Extensions["2.5.29.17"] is not { } names) return uris;
        try
        {
            var reader = new AsnReader(names.RawData, AsnEncodingRules.DER).ReadSequence();
            var uri = new Asn1Tag(TagClass.ContextSpecific, 6);
            while (reader.HasData)
                if (reader.PeekTag().HasSameClassAndValue(uri)) uris.Add(reader.ReadCharacterString(UniversalTagNumber.IA5String, uri));
                else reader.ReadEncodedValue();
        }
        catch (AsnContentException)
        {
            uris.Clear();
        }
        return uris;
    }

    [GeneratedRegex(@"\Amesh://(?<role>server|node)/(?<name>[a-z0-9][a-z0-9-]{0,62})\z")]
    private static partial Regex Form();
}
