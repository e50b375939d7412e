namespace MeshMcp.Contracts.Nodes;

/// <summary>How a secret is handed over apart from the answer to who asked for it: <c>?handover=link</c>.</summary>
public enum HandoverWay
{
    /// <summary>Whoever has the token fetches it, once.</summary>
    Link,
    /// <summary>A file on the node that the caller's user alone can read; root, where the caller is afar.</summary>
    File,
}

/// <summary>Where a secret waits.</summary>
/// <param name="Until">The moment at which it is gone.</param>
/// <param name="Token">Base64url of 32 random bytes, for <c>POST /v1/handover/open</c>; null where it is a file.</param>
/// <param name="File">Its path on the node; null where there is a token.</param>
public sealed record Handover(DateTimeOffset Until, string? Token = null, string? File = null)
{
    /// <summary>The page of a server's dashboard that one-time links lead to, and the request by which it opens them.</summary>
    public const string Page = "/once";

    /// <summary>The token is a secret: it is not in what a log might print.</summary>
    public override string ToString() => $"{File ?? "link"} until {Until:u}";
}

/// <summary>Body of <c>POST /v1/handover/open</c>.</summary>
/// <param name="Kind">What alone is wanted: where something else waits it stays unopened. Null: whatever it is.</param>
public sealed record HandoverToken(string Token, HandedKind? Kind = null)
{
    public override string ToString() => "(not shown)";
}

/// <summary>What kind of secret is handed over.</summary>
public enum HandedKind
{
    VpnClient,
    XrayUser,
    EnrollmentKey,
    Invitation,
}

/// <summary>What is handed over.</summary>
/// <param name="What">In words, without anything secret: <c>VPN client anna</c>.</param>
public sealed record HandedOver(HandedKind Kind, string What, IReadOnlyList<HandedText> Texts) : IRevealed
{
    public override string ToString() => What;
}

/// <param name="File">How to call it where it is kept as a file.</param>
/// <param name="Camera">An app reads it as a QR code.</param>
public sealed record HandedText(string Title, string Text, string File, bool Camera)
{
    public override string ToString() => Title;
}
