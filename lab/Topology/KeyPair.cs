namespace MeshMcp.Lab.Topology;

/// <summary>A WireGuard key pair, base64.</summary>
sealed record KeyPair(string Private, string Public)
{
    public static async Task<KeyPair> MakeAsync(CancellationToken ct)
    {
        var secret = (await new Command(null, ["wg", "genkey"]).TextAsync(ct: ct)).Trim();
        return new(secret, (await new Command(null, ["wg", "pubkey"]).TextAsync(secret, ct)).Trim());
    }
}
