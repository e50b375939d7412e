namespace MeshMcp.Contracts.Trust;

/// <summary>Why a peer's certificate does not do.</summary>
public enum PeerRefusal
{
    NoCertificate,
    OtherAuthority,
    NotYetValid,
    Expired,
    NoIdentity,
    WrongRole,
    WrongName,
    WrongUse,
    Revoked,
}

/// <summary>The outcome of <see cref="TrustStore.Verify"/>.</summary>
public abstract record PeerVerification
{
    PeerVerification()
    {
    }

    public sealed record Accepted(MeshIdentity Identity) : PeerVerification;

    /// <param name="Message">One clause to follow "the certificate …", for logs and errors.</param>
    /// <param name="Hint">What to do about it.</param>
    public sealed record Refused(PeerRefusal Reason, string Message, string Hint) : PeerVerification;
}
