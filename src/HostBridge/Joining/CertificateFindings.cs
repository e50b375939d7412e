using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Joining;
using MeshMcp.Contracts.Trust;
using MeshMcp.HostBridge.Access;
using MeshMcp.HostBridge.Engine;

namespace MeshMcp.HostBridge.Joining;

/// <summary>Warns of certificates that end before anybody notices.</summary>
/// <param name="folder">Where servers of this node, and of its containers, have their configuration.</param>
public sealed class CertificateFindings(BridgeConfiguration configuration, TimeProvider time, string folder = "/etc/meshmcp") : INodeFindings
{
    /// <summary>Nobody renews it: time to do it by hand. One that is renewed has more left.</summary>
    static readonly TimeSpan TooLittle = TimeSpan.FromDays(10);

    static readonly string[] Servers = ["server.json", "api.json"];

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
        foreach (var certificate in ServersCertificates().Except(configuration.Authority?.Renews ?? []))
            if (Unrenewed(certificate) is { } ending) yield return ending;
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

    Finding? Unrenewed(string file)
    {
        try
        {
            using var certificate = X509Certificate2.CreateFromPem(File.ReadAllText(file));
            // One of another authority, for what the server listens with, is not ours to speak of.
            if (!MeshIdentity.TryRead(certificate, out var identity) || identity.Role != MeshRole.Server) return null;
            var (now, ends) = (time.GetUtcNow(), new DateTimeOffset(certificate.NotAfter));
            if (ends - now > TooLittle) return null;
            return new("warning", configuration.Authority is null ? "servers" : "authority.renews",
                $"The certificate of {identity} in {file} {(now > ends ? "expired" : "ends")} on {ends.UtcDateTime:yyyy-MM-dd}, and nothing renews it. " + (configuration.Authority is null
                    ? "On the node that holds the authority: meshctl pki issue DIR --role server --name NAME --force; put certificate and key in its place."
                    : "Name it under authority.renews in hostbridge.json, and restart the host bridge."));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            // The server itself says what it cannot read.
            return null;
        }
    }

    /// <summary>Those that the configurations of servers name. A container sees its own folder under the name that it has here.</summary>
    IEnumerable<string> ServersCertificates()
    {
        if (!Directory.Exists(folder)) return [];
        return from place in Directory.EnumerateDirectories(folder, "*", new EnumerationOptions()).Prepend(folder)
               from name in Servers
               from certificate in CertificatesIn(Path.Combine(place, name))
               select certificate;
    }

    static List<string> CertificatesIn(string configuration)
    {
        List<string> found = [];
        try
        {
            if (!File.Exists(configuration)) return found;
            using var read = JsonDocument.Parse(File.ReadAllBytes(configuration), new() { CommentHandling = JsonCommentHandling.Skip });
            foreach (var pair in new[] { "identity", "tls" })
                if (read.RootElement.TryGetProperty(pair, out var named) && named.TryGetProperty("certificate", out var file) && file.GetString() is { } path) found.Add(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or InvalidOperationException)
        {
            // As above.
        }
        return found;
    }
}
