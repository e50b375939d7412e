namespace MeshMcp.HostBridge.Systems.Wireguard;

/// <summary>Keys of WireGuard: 32 bytes in base64, 44 characters.</summary>
public static class WireguardKey
{
    const int Bytes = 32, Characters = 44;

    public const string Form = "32 bytes in base64: 44 characters that end in =";

    public static bool IsKey(string text)
    {
        Span<byte> bytes = stackalloc byte[Bytes];
        // The last character carries bits that no byte has: only the canonical spelling is the same key to everybody.
        return text.Length == Characters && Convert.TryFromBase64String(text, bytes, out var written) && written == Bytes && Convert.ToBase64String(bytes) == text;
    }

    /// <summary>As WireGuard keeps a private key: some bits of it are fixed.</summary>
    public static SecretKey Clamped(SecretKey key)
    {
        var bytes = Convert.FromBase64String(key.Value);
        bytes[0] &= 0b1111_1000;
        bytes[31] = (byte)((bytes[31] & 0b0111_1111) | 0b0100_0000);
        return new(Convert.ToBase64String(bytes));
    }
}
