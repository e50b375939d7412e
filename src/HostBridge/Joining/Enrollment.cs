using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Joining;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.Trust;
using MeshMcp.HostBridge.Access;

namespace MeshMcp.HostBridge.Joining;

/// <summary>Invites nodes and certifies them: a <c>node</c> certificate of the invited name for the key of the request, and nothing else of it.</summary>
public sealed class Enrollment(BridgeConfiguration configuration, JoiningStore store, Revocations revocations, TimeProvider time)
{
    public Invited Invite(InviteRequest request, string by)
    {
        using var authority = Open();
        MeshName.Checked(request.Node);
        if (request.ExpiresIn is < InviteRequest.Shortest or > InviteRequest.Longest)
            throw new MeshException(ErrorKind.InvalidArgument, $"An invitation lasts {InviteRequest.Shortest} to {InviteRequest.Longest} seconds.", "expiresIn", "An hour is 3600.");
        var url = request.Url ?? configuration.Authority!.Url
            ?? throw new MeshException(ErrorKind.InvalidArgument, "Where does the new node send its request?", "url", $"Give {EnrollmentUrl.Form}, or set authority.url in hostbridge.json.");
        EnrollmentUrl.Checked(url);
        if (!request.Again && (request.Node == configuration.Node || store.Nodes.Any(n => n.Name == request.Node && !n.Forgotten)))
            throw new MeshException(ErrorKind.Conflict, $"There is a node {request.Node} already.", "node", "Take another name, or invite it again (--again) to set that node up anew.");
        var secret = Invitation.NewSecret();
        var expires = time.GetUtcNow().AddSeconds(request.ExpiresIn);
        store.Invite(new(request.Node, Invitation.Hash(secret), expires, by));
        return new(request.Node, expires, new Invitation(url, authority.Fingerprint, secret, request.Node, expires, request.NetmakerKey, request.Network).ToText());
    }

    /// <summary>A node's certificate is renewed by itself at two thirds of its life: short, so that one that was stolen is of use no longer than that.</summary>
    public static readonly TimeSpan CertificateLife = TimeSpan.FromDays(30);

    static readonly TimeSpan ReadmittedFor = TimeSpan.FromDays(1);

    /// <summary>Lets a node whose certificate has ended renew it once, by its old key, within a day.</summary>
    /// <exception cref="MeshException">InvalidArgument: no name. NotFound: no such node joined here. NotSupported where there is no authority.</exception>
    public Readmission Readmit(string name)
    {
        using var authority = Open();
        if (store.Nodes.All(n => n.Name != MeshName.Checked(name) || n.Forgotten)) throw Unknown(name);
        var readmission = new StoredReadmission(name, time.GetUtcNow() + ReadmittedFor);
        store.Readmit(readmission);
        return new(readmission.Node, readmission.Expires);
    }

    /// <summary>Whether the request shows an open invitation or a valid proof of the present certificate; looks only.</summary>
    public bool IsGenuine(EnrollRequest request) => configuration.Authority is not null
        && (request.Renewal is { } proof ? Judge(request, proof, out _) is null : store.Find(request.Secret) is not null);

    /// <exception cref="MeshException">PermissionDenied without a valid invitation or proof; InvalidArgument for the request; NotSupported where there is no authority.</exception>
    public Enrolled Enroll(EnrollRequest request)
    {
        using var authority = Open();
        if (request.Address is { } address && !HostPort.TryParse(address, out _))
            throw new MeshException(ErrorKind.InvalidArgument, $"'{address}' is not the address of a relay.", "address", $"Write {HostPort.Form}.");
        return request.Renewal is { } proof ? Renew(authority, request, proof) : Join(authority, request);
    }

    /// <exception cref="MeshException">InvalidArgument: neither a name nor a fingerprint. NotSupported where there is no authority.</exception>
    public RevocationList Revoke(string what)
    {
        using var authority = Open();
        return revocations.Revoke(authority, what);
    }

    /// <exception cref="MeshException">NotFound, with the nearest names.</exception>
    public JoinedNode Forget(string name)
    {
        if (store.Nodes.FirstOrDefault(n => n.Name == name && !n.Forgotten) is not { } node)
            throw Unknown(name);
        store.Record(node with { Forgotten = true });
        return Shown(node);
    }

    MeshException Unknown(string name) => new(new MeshError(ErrorKind.NotFound, $"No node {name} joined here.", "name", "meshctl node list shows those that did.", [new("name", "No such node.", Nearest: Nearest.To(name, Joined.Nodes.Select(n => n.Name)))]));

    public JoinedNodes Joined => new([.. store.Nodes.Where(n => !n.Forgotten).OrderBy(n => n.Name, StringComparer.Ordinal).Select(Shown)]);

    Enrolled Join(CertificateAuthority authority, EnrollRequest request)
    {
        if (store.Find(request.Secret) is not { } invite || invite.Node != request.Node)
            throw new MeshException(ErrorKind.PermissionDenied, "The invitation is unknown, used, expired, or for another node.", "secret", "Ask for a new one: meshctl node invite NAME, on the node that holds the authority.");
        var signed = authority.SignNode(invite.Node, SigningRequest.KeyIn(request.Csr), CertificateLife);
        store.Redeem(invite, new(invite.Node, request.Address, time.GetUtcNow(), signed.Ends));
        return new(invite.Node, signed.CertificatePem, authority.CertificatePem, signed.Ends);
    }

    Enrolled Renew(CertificateAuthority authority, EnrollRequest request, RenewalProof proof)
    {
        if (Judge(request, proof, out var readmitted) is { } refusal) throw refusal;
        var signed = authority.SignNode(request.Node, SigningRequest.KeyIn(request.Csr), CertificateLife);
        store.Renewed(request.Node, request.Address, signed.Ends, readmitted);
        return new(request.Node, signed.CertificatePem, authority.CertificatePem, signed.Ends);
    }

    /// <param name="readmitted">Fingerprint of the present certificate where it has ended and an operator's word lets it in; else null.</param>
    MeshException? Judge(EnrollRequest request, RenewalProof proof, out string? readmitted)
    {
        readmitted = null;
        var node = store.Nodes.FirstOrDefault(n => n.Name == request.Node);
        try
        {
            using var current = X509Certificate2.CreateFromPem(proof.Certificate);
            var trust = TrustStore.FromPem(File.ReadAllText(configuration.Authority!.Certificate));
            var (now, ended) = (time.GetUtcNow(), new DateTimeOffset(current.NotAfter));
            // Who holds no key of this mesh learns nothing of what is kept here.
            if (trust.Verify(current, MeshRole.Node, request.Node, now > ended ? ended : now) is PeerVerification.Refused no)
                return new(ErrorKind.PermissionDenied, $"The present certificate {no.Message}.", "renewal", "Join again: meshctl node invite NAME --again, on the node that holds the authority.");
            if (!SigningRequest.IsProvenBy(request.Csr, current, proof.Signature))
                return new(ErrorKind.PermissionDenied, "The request is not signed with the key of the present certificate.", "renewal.signature", "On the node itself: meshctl node renew");
            if (MeshIdentity.TryRead(current, out var identity) && revocations.Since(identity) is { } since)
                return new(ErrorKind.PermissionDenied, $"The present certificate was revoked on {since.UtcDateTime:yyyy-MM-dd HH:mm} UTC.", "renewal", "Join again: meshctl node invite NAME --again, on the node that holds the authority.");
            if (now > ended)
            {
                var fingerprint = identity!.Fingerprint;
                // Not any that was ever issued under the name: an old key may be anybody's by now.
                if (node?.Ends.ToUnixTimeSeconds() != ended.ToUnixTimeSeconds() && node?.StoodOn != fingerprint)
                    return new(ErrorKind.PermissionDenied, $"The present certificate expired on {ended.UtcDateTime:yyyy-MM-dd}, and is not the last one of {request.Node}.", "renewal", "Join again: meshctl node invite NAME --again, on the node that holds the authority.");
                if (!store.IsReadmitted(request.Node))
                    return new(ErrorKind.PermissionDenied, $"The present certificate expired on {ended.UtcDateTime:yyyy-MM-dd}.", "renewal", "On the node that holds the authority: meshctl node readmit NAME; then it renews by itself.");
                readmitted = fingerprint;
            }
        }
        catch (CryptographicException e)
        {
            return new(ErrorKind.InvalidArgument, $"The present certificate cannot be read: {e.Message}", "renewal.certificate", "Send it as PEM.", e);
        }
        return node is { Forgotten: true } ? new(ErrorKind.PermissionDenied, $"Node {request.Node} was removed from the mesh.", "node", "Ask for a new invitation.") : null;
    }

    CertificateAuthority Open() => configuration.Authority is { } place
        ? AuthorityFiles.Open(new(place.Certificate, place.Key), time)
        : throw new MeshException(ErrorKind.NotSupported, $"Node {configuration.Node} does not hold the mesh's authority.", "authority",
            "Ask the node that does, or name ca.crt and ca.key under \"authority\" in hostbridge.json here.");

    static JoinedNode Shown(StoredNode node) => new(node.Name, node.Address, node.Joined, node.Ends);
}
