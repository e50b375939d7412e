using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MeshMcp.Contracts.Errors;

namespace MeshMcp.Contracts.Trust;

/// <summary>The mesh's one certificate authority: ECDSA P-256, signs leaf certificates only.</summary>
public sealed class CertificateAuthority : IDisposable
{
    /// <summary>Certificates begin a little in the past, for peers whose clocks are behind.</summary>
    internal static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(5);
    internal static readonly Oid ServerUse = new("1.3.6.1.5.5.7.3.1");
    internal static readonly Oid ClientUse = new("1.3.6.1.5.5.7.3.2");

    readonly X509Certificate2 _certificate;
    readonly TimeProvider _clock;

    CertificateAuthority(X509Certificate2 certificate, TimeProvider clock) => (_certificate, _clock) = (certificate, clock);

    public DateTimeOffset Ends => new(_certificate.NotAfter);

    /// <summary>SHA-256 of the DER form, 64 lower-case hex digits.</summary>
    public string Fingerprint => Convert.ToHexStringLower(_certificate.GetCertHash(HashAlgorithmName.SHA256));

    public string CertificatePem => _certificate.ExportCertificatePem();

    /// <summary>The list of what is revoked, with one more, from this moment on.</summary>
    public RevocationList Revoke(RevocationList list, string what)
    {
        using var key = _certificate.GetECDsaPrivateKey()!;
        // To the second, as certificates say it: one that is issued right after is not among them.
        return list.With(new(RevocationList.Checked(what), DateTimeOffset.FromUnixTimeSeconds(_clock.GetUtcNow().ToUnixTimeSeconds())), key);
    }

    public string KeyPem => PrivateKeyPem(_certificate.GetECDsaPrivateKey()!);

    /// <summary>A new authority, valid for <paramref name="life"/> from now.</summary>
    /// <exception cref="MeshException">InvalidArgument: <paramref name="mesh"/> is not a name.</exception>
    public static CertificateAuthority Create(string mesh, TimeSpan life, TimeProvider clock)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(new X500DistinguishedName($"CN={MeshName.Checked(mesh)}, O=MeshMcp"), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        var now = clock.GetUtcNow();
        return new(request.CreateSelfSigned(now - ClockSkew, now + life), clock);
    }

    /// <summary>The authority whose certificate and key are given as PEM text.</summary>
    /// <exception cref="CryptographicException">Not PEM, or the key belongs to another certificate.</exception>
    public static CertificateAuthority FromPem(string certificate, string key, TimeProvider clock) =>
        new(X509Certificate2.CreateFromPem(certificate, key), clock);

    /// <summary>A leaf certificate for <paramref name="name"/>; <paramref name="addresses"/> are IP addresses or DNS names it may be reached at.</summary>
    /// <exception cref="MeshException">InvalidArgument: a wrong name or address, or a life beyond the authority's own.</exception>
    public IssuedCertificate Issue(MeshRole role, string name, IReadOnlyList<string> addresses, TimeSpan life)
    {
        if (_clock.GetUtcNow() + life > Ends)
            throw new MeshException(ErrorKind.InvalidArgument, $"The certificate would outlive its authority, which ends on {Ends.UtcDateTime:yyyy-MM-dd}.", name, "Ask for fewer days, or make a new authority.");
        return WithNewKey(role, name, addresses, life);
    }

    /// <summary>
    /// The next certificate of the one that holds <paramref name="current"/>: of the same role, name and addresses, with a new key,
    /// for as long as that one was, but not longer than <paramref name="longest"/> nor than the authority.
    /// </summary>
    /// <exception cref="MeshException">InvalidArgument: it names nobody of a mesh, or the authority has ended.</exception>
    public IssuedCertificate Renew(X509Certificate2 current, TimeSpan longest)
    {
        if (!MeshIdentity.TryRead(current, out var identity))
            throw new MeshException(ErrorKind.InvalidArgument, $"'{current.Subject}' carries no mesh://ROLE/NAME.", current.Subject, "Have one issued: meshctl pki issue");
        var names = current.Extensions.OfType<X509SubjectAlternativeNameExtension>().Single();
        var life = current.NotAfter - current.NotBefore - ClockSkew;
        return WithNewKey(identity.Role, identity.Name, [.. names.EnumerateIPAddresses().Select(a => a.ToString()), .. names.EnumerateDnsNames()],
            Shorter(Shorter(life, longest), Left(identity.Name)));
    }

    /// <summary>A node's certificate for a key that the node keeps; it ends with the authority at the latest.</summary>
    /// <exception cref="MeshException">InvalidArgument: a wrong name, or an authority that has ended.</exception>
    public SignedCertificate SignNode(string name, PublicKey key, TimeSpan life) => Certify(MeshRole.Node, name, [], key, Shorter(life, Left(name)));

    TimeSpan Left(string name) => Ends - _clock.GetUtcNow() is var left && left > TimeSpan.Zero ? left
        : throw new MeshException(ErrorKind.InvalidArgument, $"The mesh's authority ended on {Ends.UtcDateTime:yyyy-MM-dd}.", name, "Make a new authority and issue all certificates again.");

    IssuedCertificate WithNewKey(MeshRole role, string name, IReadOnlyList<string> addresses, TimeSpan life)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var signed = Certify(role, name, addresses, new(key), life);
        return new(signed.CertificatePem, PrivateKeyPem(key), signed.Ends);
    }

    SignedCertificate Certify(MeshRole role, string name, IReadOnlyList<string> addresses, PublicKey key, TimeSpan life)
    {
        var now = _clock.GetUtcNow();
        // With the role: whoever is called as the mesh is would have the authority's own subject, and be taken for self-signed.
        var request = new CertificateRequest(new X500DistinguishedName($"CN={MeshName.Checked(name)}, OU={role}, O=MeshMcp"), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        // A node only answers; a server dials nodes and answers clients.
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(role == MeshRole.Node ? [ServerUse] : [ServerUse, ClientUse], false));
        request.CertificateExtensions.Add(NamesOf(role, name, addresses));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(_certificate, true, false));
        using var certificate = request.Create(_certificate, now - ClockSkew < _certificate.NotBefore ? _certificate.NotBefore : now - ClockSkew, now + life, Serial());
        return new(certificate.ExportCertificatePem(), now + life);
    }

    public void Dispose() => _certificate.Dispose();

    static X509Extension NamesOf(MeshRole role, string name, IReadOnlyList<string> addresses)
    {
        var names = new SubjectAlternativeNameBuilder();
        names.AddUri(new Uri(MeshIdentity.UriOf(role, name)));
        foreach (var address in addresses)
            if (IPAddress.TryParse(address, out var ip)) names.AddIpAddress(ip);
            else if (Uri.CheckHostName(address) == UriHostNameType.Dns) names.AddDnsName(address);
            else throw new MeshException(ErrorKind.InvalidArgument, $"'{address}' is neither an IP address nor a DNS name.", name, "Give addresses without a port, for example 10.1.0.1 or node.example.");
        return names.Build();
    }

    static TimeSpan Shorter(TimeSpan a, TimeSpan b) => a < b ? a : b;

    static string PrivateKeyPem(ECDsa key) => key.ExportPkcs8PrivateKeyPem();

    static byte[] Serial()
    {
        var serial = RandomNumberGenerator.GetBytes(16);
        serial[0] = (byte)(serial[0] & 0x7f | 0x40);
        return serial;
    }
}
