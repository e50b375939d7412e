using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Files;
using MeshMcp.Contracts.Joining;
using MeshMcp.Contracts.Trust;
using MeshMcp.HostBridge.Access;
using MeshMcp.HostBridge.Audit;
using MeshMcp.HostBridge.Engine;

namespace MeshMcp.HostBridge.Joining;

/// <summary>
/// Renews the pairs of servers that <c>authority.renews</c> names, on the node that holds the authority. A server asks for nothing and writes nothing:
/// it gets what it has, with a new key and a later end, and only where root put it.
/// </summary>
public sealed partial class ServerRenewal(BridgeConfiguration configuration, Revocations revocations, AuditLog audit, NodeEvents events, TimeProvider time, ILogger<ServerRenewal> log) : INodeFindings
{
    /// <summary>As the audit has it.</summary>
    public const string Action = "renew certificate";

    const string Again = "Issue a new one and put it there: meshctl pki issue DIR --role server --name NAME --force.";

    readonly ConcurrentDictionary<string, string> _faults = new();

    IReadOnlyList<string> Listed => configuration.Authority?.Renews ?? [];

    /// <summary>Whether there is anything to renew.</summary>
    public bool HasAny => Listed.Count > 0;

    public IEnumerable<Finding> Findings() =>
        from listed in Listed.Index()
        where _faults.ContainsKey(listed.Item)
        select new Finding("warning", $"authority.renews[{listed.Index}]", $"{listed.Item} is not renewed by itself: {_faults[listed.Item]}");

    /// <summary>Renews what is past two thirds of its life. A fault of one pair is a finding until it is mended, and holds up no other.</summary>
    public void Look()
    {
        foreach (var certificate in Listed)
            try
            {
                Look(configuration.Authority!, certificate);
                _faults.TryRemove(certificate, out _);
            }
            catch (Exception e) when (e is MeshException or IOException or UnauthorizedAccessException or CryptographicException)
            {
                var fault = e is MeshException { Error.Hint: { } hint } ? $"{e.Message} {hint}" : e.Message;
                if (!_faults.TryGetValue(certificate, out var known) || known != fault) LogFault(log, certificate, fault);
                _faults[certificate] = fault;
            }
    }

    void Look(AuthorityPlace place, string certificate)
    {
        var files = new CertificateFiles(certificate, Path.ChangeExtension(certificate, ".key"));
        RequireRoots(files);
        var completed = CertificatePair.Complete(files);
        var credentials = MeshCredentials.Read(place.Certificate, files);
        using var current = credentials.Certificate;
        var identity = Judge(credentials);
        if (completed) Tell(certificate, identity, current.NotAfter, "completed");
        if (CertificateLife.AgeOf(current, time.GetUtcNow()) == CertificateAge.Fresh) return;
        using var authority = AuthorityFiles.Open(new(place.Certificate, place.Key), time);
        // At the end of the authority's life the next one would end with it too.
        if (new DateTimeOffset(current.NotAfter) >= authority.Ends) return;
        var issued = authority.Renew(current, AuthorityFolder.LifeOf(MeshRole.Server));
        CertificatePair.Replace(files, issued.CertificatePem, issued.KeyPem);
        Tell(certificate, identity, issued.Ends, "renewed");
    }

    /// <summary>Also one that has ended is renewed: it is there by root's word alone, and without its servers the mesh could renew nothing else.</summary>
    MeshIdentity Judge(MeshCredentials credentials)
    {
        var (now, ended) = (time.GetUtcNow(), new DateTimeOffset(credentials.Certificate.NotAfter));
        var verdict = credentials.Verify(MeshRole.Server, now > ended ? ended : now);
        if (verdict is not PeerVerification.Accepted { Identity: var identity })
            throw new MeshException(ErrorKind.PermissionDenied, $"The certificate {((PeerVerification.Refused)verdict).Message}.", hint: Again);
        if (revocations.Since(identity) is { } since)
            throw new MeshException(ErrorKind.PermissionDenied, $"The certificate was revoked on {since.UtcDateTime:yyyy-MM-dd HH:mm} UTC.", hint: Again);
        return identity;
    }

    /// <summary>
    /// Whoever could write there could have another server's certificate, which everybody sees, renewed into his own hands, or an old one of his.
    /// The key alone may be the server's: which certificate is renewed, it does not say.
    /// </summary>
    static void RequireRoots(CertificateFiles files)
    {
        foreach (var file in new[] { files.Certificate, files.Key })
            if (!File.Exists(file)) throw new MeshException(ErrorKind.NotFound, $"{file} does not exist.", hint: "Put the pair there, or take it out of authority.renews.");
        if (new FileInfo(files.Key).LinkTarget is not null) throw Link(files.Key);
        var folder = Path.GetDirectoryName(files.Certificate)!;
        for (var at = files.Certificate; at is not null; at = Path.GetDirectoryName(at))
        {
            if (new FileInfo(at).LinkTarget is not null) throw Link(at);
            var rights = FileRights.Of(at) ?? throw new IOException($"{at} does not exist.");
            var othersWrite = rights.Mode.HasFlag(UnixFileMode.OtherWrite) || (rights.Mode.HasFlag(UnixFileMode.GroupWrite) && rights.Group != 0);
            // Whoever may make files there, but move nobody else's (/tmp), may not do so beside the pair, but above its folder.
            var keepsOthers = rights.Mode.HasFlag(UnixFileMode.StickyBit) && at.Length < folder.Length;
            if (!IsOurs(rights.User) || (othersWrite && !keepsOthers))
                throw new MeshException(ErrorKind.PermissionDenied, $"{at} can be written by others than root.", hint: $"chown root {at}; chmod go-w {at}. The key may belong to the server's user.");
        }
    }

    static bool IsOurs(uint? user) => user == 0 || user == FileRights.Of("/proc/self")?.User;

    static MeshException Link(string at) => new(ErrorKind.PermissionDenied, $"{at} is a link.", hint: "Name the pair in authority.renews by where it really lies.");

    void Tell(string certificate, MeshIdentity identity, DateTimeOffset ends, string did)
    {
        audit.Did(Action, certificate, new($"{did}: {identity}, valid until {ends.UtcDateTime:yyyy-MM-dd}", null));
        LogRenewed(log, identity.ToString(), certificate, ends);
        events.Publish("renewed", $"the certificate of {identity} is valid until {ends.UtcDateTime:yyyy-MM-dd}");
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The certificate of {Identity} in {File} was renewed and is valid until {Ends}")]
    static partial void LogRenewed(ILogger log, string identity, string file, DateTimeOffset ends);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{File} is not renewed by itself: {Reason}")]
    static partial void LogFault(ILogger log, string file, string reason);
}
