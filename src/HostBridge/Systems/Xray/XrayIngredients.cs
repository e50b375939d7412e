using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.State;

namespace MeshMcp.HostBridge.Systems.Xray;

/// <summary>Secrets that go into a configuration; notes what is missing.</summary>
sealed class XrayIngredients(Func<string, string?> secret, IReadOnlySet<string> revoked)
{
    readonly List<Finding> _waiting = [];

    public IReadOnlyList<Finding> Waiting => _waiting;

    /// <summary>A UUID as the programs write it; null when the secret is missing or is none.</summary>
    public string? Id(string reference, string path, string consequence)
    {
        if (secret(reference) is not { } text)
        {
            Miss(path, revoked.Contains(reference) ? $"The id {Name(reference)} was revoked, so {consequence}. Remove the user and add it anew, with a new id." : $"This node has no secret {Name(reference)}, so {consequence}. Store a UUID with: meshctl secret set {Name(reference)} --kind xray-id");
            return null;
        }
        if (Guid.TryParseExact(text.Trim(), "D", out var id)) return id.ToString("D");
        Miss(path, $"The secret {Name(reference)} is no UUID, so {consequence}. Store one with: meshctl secret set {Name(reference)} --kind xray-id");
        return null;
    }

    public string? Text(string reference, SecretKind kind, string path)
    {
        if (secret(reference) is { } text) return text;
        Miss(path, $"This node has no secret {Name(reference)}, so nobody comes in here. Store it with: meshctl secret set {Name(reference)} --kind {SecretKinds.WordOf(kind)}");
        return null;
    }

    /// <summary>A certificate chain and its key in PEM. Checked here, because the programs' own tests take any text for one and fail when a user comes in.</summary>
    public (string Certificate, string Key)? Pair(string certificate, string key, string path)
    {
        if ((Text(certificate, SecretKind.TlsCertificate, $"{path}.certificate"), Text(key, SecretKind.TlsKey, $"{path}.key")) is not ({ } chain, { } secret)) return null;
        try
        {
            using var pair = X509Certificate2.CreateFromPem(chain, secret);
            return (chain, secret);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            Miss($"{path}.certificate", $"The secrets {Name(certificate)} and {Name(key)} are no certificate with its key in PEM, so nobody comes in here: {e.Message}");
            return null;
        }
    }

    public void Miss(string path, string message) => _waiting.Add(new("waiting", path, message));

    static string Name(string reference) => SecretReference.NameIn(reference) ?? reference;
}
