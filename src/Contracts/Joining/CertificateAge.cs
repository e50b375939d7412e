using System.Security.Cryptography.X509Certificates;

namespace MeshMcp.Contracts.Joining;

public enum CertificateAge { Fresh, RenewalDue, Expired }

/// <summary>A certificate is renewed when two thirds of its life are over: early enough that a month of trouble does no harm.</summary>
public static class CertificateLife
{
    public static CertificateAge AgeOf(X509Certificate2 certificate, DateTimeOffset now) =>
        now > new DateTimeOffset(certificate.NotAfter) ? CertificateAge.Expired : now >= RenewalOf(certificate) ? CertificateAge.RenewalDue : CertificateAge.Fresh;

    /// <summary>When its renewal is due.</summary>
    public static DateTimeOffset RenewalOf(X509Certificate2 certificate)
    {
        var (begins, ends) = (new DateTimeOffset(certificate.NotBefore), new DateTimeOffset(certificate.NotAfter));
        return begins + (ends - begins) * 2 / 3;
    }
}
