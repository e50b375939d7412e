using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MeshMcp.Contracts.Errors;

namespace MeshMcp.Contracts.Trust;

/// <summary>Decides whom to believe: certificates of the mesh's one authority, and no other.</summary>
public sealed class TrustStore
{
    readonly X509Certificate2 _authority;

    TrustStore(X509Certificate2 authority) => _authority = authority;

    /// <exception cref="MeshException">InvalidArgument: not one PEM certificate of an authority.</exception>
    public static TrustStore FromPem(string pem)
    {
        try
        {
            var certificate = X509Certificate2.CreateFromPem(pem);
            if (certificate.Extensions.OfType<X509BasicConstraintsExtension>().Any(c => c.CertificateAuthority)) return new(certificate);
        }
        catch (CryptographicException e)
        {
            throw new MeshException(ErrorKind.InvalidArgument, $"The mesh's authority cannot be read: {e.Message}", hint: "Give the ca.crt of the mesh's authority.", inner: e);
        }
        throw new MeshException(ErrorKind.InvalidArgument, "The certificate given as the mesh's authority is not one of an authority.", hint: "Give the ca.crt of the mesh's authority.");
    }

    /// <summary>Whether <paramref name="peer"/> is of this mesh, valid at <paramref name="now"/>, and has <paramref name="role"/> and, when given, <paramref name="name"/>.</summary>
    public PeerVerification Verify(X509Certificate2? peer, MeshRole role, string? name, DateTimeOffset now)
    {
        if (peer is null) return new PeerVerification.Refused(PeerRefusal.NoCertificate, "is missing", "Every peer in the mesh must show its certificate.");
        if (!IsOurs(peer)) return new PeerVerification.Refused(PeerRefusal.OtherAuthority, $"'{peer.Subject}' is not of this mesh's authority", "Both ends need certificates, and the ca.crt, of one authority.");
        if (now < peer.NotBefore) return new PeerVerification.Refused(PeerRefusal.NotYetValid, $"is not valid before {Moment(peer.NotBefore)}", "Compare the clocks of both ends.");
        if (now > peer.NotAfter) return new PeerVerification.Refused(PeerRefusal.Expired, $"expired on {Moment(peer.NotAfter)}", "Issue a new one and copy it there: meshctl pki issue … --force");
        if (now > _authority.NotAfter) return new PeerVerification.Refused(PeerRefusal.Expired, $"is of an authority that expired on {Moment(_authority.NotAfter)}", "Make a new authority and issue all certificates again.");
        if (!MeshIdentity.TryRead(peer, out var identity)) return new PeerVerification.Refused(PeerRefusal.NoIdentity, $"'{peer.Subject}' carries no mesh://ROLE/NAME", "Issue it: meshctl pki issue");
        if (identity.Role != role) return new PeerVerification.Refused(PeerRefusal.WrongRole, $"is of {identity}, but the role here must be '{MeshIdentity.WordOf(role)}'", $"Use a certificate issued with --role {MeshIdentity.WordOf(role)}.");
        if (name is not null && identity.Name != name) return new PeerVerification.Refused(PeerRefusal.WrongName, $"is of {identity}, but '{name}' was expected", "Either the address leads to another machine, or the certificate was copied to the wrong one.");
        // A server shows its certificate to relays as a client, a node shows its own as the one that answers.
        if (!MayBeUsedFor(peer, role == MeshRole.Server ? CertificateAuthority.ClientUse : CertificateAuthority.ServerUse))
            return new PeerVerification.Refused(PeerRefusal.WrongUse, $"of {identity} was not issued for this end of a connection", "Issue it: meshctl pki issue");
        return new PeerVerification.Accepted(identity);
    }

    /// <summary>Whether the mesh's authority made this list.</summary>
    public bool Made(RevocationList list) => list.IsSignedBy(_authority);

    /// <summary>The rules for the TLS library's own chain: this authority alone, nothing fetched. Time is judged by <see cref="Verify"/>.</summary>
    public X509ChainPolicy Chain() => new()
    {
        TrustMode = X509ChainTrustMode.CustomRootTrust,
        CustomTrustStore = { _authority },
        RevocationMode = X509RevocationMode.NoCheck,
        VerificationFlags = X509VerificationFlags.IgnoreNotTimeValid,
        DisableCertificateDownloads = true,
    };

    bool IsOurs(X509Certificate2 peer)
    {
        using var chain = new X509Chain { ChainPolicy = Chain() };
        return chain.Build(peer);
    }

    static bool MayBeUsedFor(X509Certificate2 peer, Oid use) =>
        peer.Extensions.OfType<X509EnhancedKeyUsageExtension>().Any(e => e.EnhancedKeyUsages[use.Value!] is not null);

    static string Moment(DateTime local) => $"{local.ToUniversalTime():yyyy-MM-dd HH:mm} UTC";
}
