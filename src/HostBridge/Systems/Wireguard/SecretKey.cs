namespace MeshMcp.HostBridge.Systems.Wireguard;

/// <summary>A private or preshared key in base64; never prints itself.</summary>
public sealed record SecretKey(string Value)
{
    public override string ToString() => "(secret)";
}
