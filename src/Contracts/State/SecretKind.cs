using System.Text.Json;
using MeshMcp.Contracts.Json;

namespace MeshMcp.Contracts.State;

/// <summary>What a secret is for. It is said when it is stored, and a secret goes nowhere else.</summary>
public enum SecretKind
{
    /// <summary>A device's own private key.</summary>
    WireguardKey,
    PresharedKey,
    WarpProfile,
    /// <summary>A UUID of VLESS or VMess.</summary>
    XrayId,
    TlsCertificate,
    TlsKey,
    /// <summary>The X25519 private key of an inbound.</summary>
    RealityKey,
    NetmakerEnrollmentKey,
    NetmakerMasterKey,
    /// <summary>A file in a container.</summary>
    File,
}

public static class SecretKinds
{
    /// <summary>As it is written, <c>warp-profile</c>.</summary>
    public static string WordOf(SecretKind kind) => JsonNamingPolicy.KebabCaseLower.ConvertName(kind.ToString());

    public static IReadOnlyList<string> Words { get; } = [.. Enum.GetValues<SecretKind>().Select(WordOf)];

    /// <summary>Null for what is none.</summary>
    public static SecretKind? Of(string word) => Enum.GetValues<SecretKind>().Where(k => WordOf(k) == word).Select(k => (SecretKind?)k).FirstOrDefault();
}
