using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Joining;
using MeshMcp.HostBridge.Access;
using MeshMcp.HostBridge.Engine;

namespace MeshMcp.HostBridge.Joining;

/// <summary>Warns of certificates that end before anybody notices.</summary>
public sealed class CertificateFindings(BridgeConfiguration configuration, TimeProvider time) : INodeFindings
{
    public IEnumerable<Finding> Findings()
    {
        if (configuration.Identity is { } identity)
        {
            if (Warn("identity", identity.Certificate, "This node's certificate", "Renew it: meshctl node renew", "On the node that holds the authority: meshctl node readmit NAME; then it renews by itself.") is { } own) yield return own;
        }
        if (configuration.Authority is { } authority)
        {
            const string NewAuthority = "Make a new authority and issue all certificates again.";
            if (Warn("authority", authority.Certificate, "The mesh's authority", NewAuthority, NewAuthority) is { } mesh) yield return mesh;
        }
    }

    Finding? Warn(string path, string file, string what, string whenDue, string whenExpired)
    {
        try
        {
            using var certificate = X509Certificate2.CreateFromPem(File.ReadAllText(file));
            var ends = certificate.NotAfter.ToUniversalTime();
            return CertificateLife.AgeOf(certificate, time.GetUtcNow()) switch
            {
                CertificateAge.Expired => new("warning", path, $"{what} expired on {ends:yyyy-MM-dd}. {whenExpired}"),
                CertificateAge.RenewalDue => new("warning", path, $"{what} is past two thirds of its life and ends on {ends:yyyy-MM-dd}. {whenDue}"),
                _ => null,
            };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            return new("warning", path, $"{what} cannot be read: {e.Message}");
        }
    }
}
