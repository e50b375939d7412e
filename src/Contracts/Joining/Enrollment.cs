using MeshMcp.Contracts.Nodes;

namespace MeshMcp.Contracts.Joining;

/// <summary>Body of <c>POST /v1/invites</c>.</summary>
/// <param name="Node">The name of the node to come.</param>
/// <param name="ExpiresIn">Seconds, 60 to 604,800.</param>
/// <param name="Url">As <see cref="EnrollmentUrl"/>; the authority's own when absent.</param>
/// <param name="NetmakerKey">Passed on in the invitation.</param>
/// <param name="Network">The Netmaker network that the key lets into; passed on too.</param>
/// <param name="Again">Also for a name that is in use: its node is set up anew.</param>
public sealed record InviteRequest(string Node, int ExpiresIn = InviteRequest.Hour, string? Url = null, string? NetmakerKey = null, bool Again = false, string? Network = null)
{
    public const int Hour = 3600, Shortest = 60, Longest = 7 * 24 * Hour;
}

/// <param name="Text">The invitation as one word; shown this once. Empty where it is handed over.</param>
public sealed record Invited(string Node, DateTimeOffset Expires, string Text) : IHandedOver
{
    public Handover? Handover { get; init; }

    public HandedOver Secret() => new(HandedKind.Invitation, $"invitation of {Node}", [new("Invitation, for the new machine", Text, $"{Node}.txt", false)]);

    public IHandedOver Without(Handover where) => this with { Text = "", Handover = where };

    /// <summary>The invitation is a secret: it is not in what a log might print.</summary>
    public override string ToString() => $"invitation of {Node}";
}

/// <summary>Body of <c>POST /v1/enroll</c>, and of <c>POST /enroll</c> on a server: either with the secret of an invitation or, to renew, with the certificate that is still valid.</summary>
/// <param name="Csr">PKCS #10 as PEM. Only its public key is taken, which must be ECDSA P-256.</param>
/// <param name="Address">Where the node's relay is reached, ADDRESS:PORT.</param>
public sealed record EnrollRequest(string Node, string Csr, string? Secret = null, string? Address = null, RenewalProof? Renewal = null)
{
    /// <summary>A request has some two kilobytes.</summary>
    public const int MaxBytes = 16 * 1024;
}

/// <summary>That the node asks itself: the certificate it has now, and a signature of the new request by that certificate's key.</summary>
/// <param name="Signature">Base64: ECDSA with SHA-256 over what <see cref="SigningRequest.ToSign"/> gives.</param>
public sealed record RenewalProof(string Certificate, string Signature);

/// <param name="Certificate">PEM.</param>
/// <param name="Authority">The mesh's ca.crt, PEM.</param>
public sealed record Enrolled(string Node, string Certificate, string Authority, DateTimeOffset Ends);

/// <summary>Nodes that joined by invitation: <c>GET /v1/nodes</c> of the node that holds the authority.</summary>
public sealed record JoinedNodes(IReadOnlyList<JoinedNode> Nodes);

/// <param name="Address">Of its relay, ADDRESS:PORT; never a proof of who answers there.</param>
/// <param name="Ends">Of its newest certificate.</param>
public sealed record JoinedNode(string Name, string? Address, DateTimeOffset Joined, DateTimeOffset Ends);

/// <summary>Body of <c>POST /v1/readmissions</c>.</summary>
public sealed record ReadmitRequest(string Node);

/// <summary>A node whose certificate has ended may renew it once, by its old key.</summary>
public sealed record Readmission(string Node, DateTimeOffset Expires);

/// <summary>Body of <c>POST /v1/renew</c>: the node renews its own certificate.</summary>
/// <param name="Url">Whom to ask; the configuration's <c>identity.renewFrom</c> when absent.</param>
/// <param name="Address">The relay's new address, when it moved.</param>
public sealed record RenewRequest(string? Url = null, string? Address = null);

public sealed record Renewed(string Node, DateTimeOffset Ends);
