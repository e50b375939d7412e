using System.Globalization;
using System.Net;
using System.Text;

namespace MeshMcp.HostBridge.Systems.Wireguard;

/// <summary>What a device should be.</summary>
/// <param name="PrivateKey">Null: made when the device is.</param>
/// <param name="ListenPort">Null: any.</param>
/// <param name="Address">IPv4, with its prefix length.</param>
public sealed record DeviceConfig(string Name, SecretKey? PrivateKey, int? ListenPort, string Address, int Mtu, IReadOnlyList<PeerConfig> Peers)
{
    /// <summary>With its prefix length; null for none.</summary>
    public string? Ipv6 { get; init; }

    /// <summary>In the form of <c>wg setconf</c>, with every field written: what is left out keeps its old value in some versions.</summary>
    /// <param name="listenPort">Kept by a device that has one already.</param>
    public string Text(SecretKey privateKey, int? listenPort)
    {
        var text = new StringBuilder().AppendLine("[Interface]").Append("PrivateKey = ").AppendLine(privateKey.Value);
        if ((ListenPort ?? listenPort) is { } port) text.AppendLine(CultureInfo.InvariantCulture, $"ListenPort = {port}");
        foreach (var peer in Peers)
        {
            text.AppendLine("[Peer]").Append("PublicKey = ").AppendLine(peer.PublicKey);
            if (peer.PresharedKey is { } preshared) text.Append("PresharedKey = ").AppendLine(preshared.Value);
            text.Append("AllowedIPs = ").AppendLine(string.Join(", ", peer.AllowedIps));
            text.AppendLine(CultureInfo.InvariantCulture, $"PersistentKeepalive = {peer.Keepalive}");
            if (peer.Endpoint is { } endpoint) text.AppendLine(CultureInfo.InvariantCulture, $"Endpoint = {endpoint}");
        }
        return text.ToString();
    }

    /// <summary>What must not be in any message.</summary>
    public IEnumerable<string> Secrets => Peers.Select(p => p.PresharedKey).Append(PrivateKey).OfType<SecretKey>().Select(k => k.Value);
}

/// <param name="Title">As people call it.</param>
/// <param name="AllowedIps">Networks in canonical form.</param>
/// <param name="Keepalive">Seconds; 0 for none.</param>
/// <param name="EndpointText">Name or address with port, as it was given.</param>
/// <param name="Endpoint">Null: the peer comes to us, or its name is not resolved yet.</param>
public sealed record PeerConfig(string Title, string PublicKey, SecretKey? PresharedKey, IReadOnlyList<string> AllowedIps, int Keepalive = 0, string? EndpointText = null, IPEndPoint? Endpoint = null);
