using System.Globalization;
using System.Net;
using System.Text;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Network;

namespace MeshMcp.HostBridge.Systems.Wireguard;

/// <summary>What a client's own device needs, in the form of <c>wg-quick</c> and the WireGuard apps. Pure.</summary>
public static class ClientConfiguration
{
    const int Keepalive = 25;
    /// <summary>Fits into the exit tunnel too.</summary>
    const int Mtu = 1280;
    /// <summary>Of whoever leaves by an exit and has none named: his own network's would be asked past the tunnel. WARP's profiles name it too.</summary>
    const string NameServer = "1.1.1.1";

    /// <param name="privateKey">Null: the caller made it, and puts it in himself.</param>
    /// <param name="serverKey">The server's public key.</param>
    /// <param name="notes">What is missing, in words.</param>
    public static string Text(VpnClient client, NodeState state, SecretKey? privateKey, SecretKey? preshared, string serverKey, List<string> notes)
    {
        var vpn = state.Wireguard!.VpnServer!;
        var pool = ClientPool.Parse(vpn.IpPool)!;
        var text = new StringBuilder().AppendLine("[Interface]");
        text.AppendLine(privateKey is null ? "# PrivateKey = the one that belongs to your public key" : $"PrivateKey = {privateKey.Value}");
        if (privateKey is null) notes.Add("Put your private key into the configuration: it was not made here.");
        List<string> reached = [$"{pool.Server}/32"];
        if (BridgeLayout.Of(state)?.Address is { } address) reached.Add(Networks.Of(address).ToString());
        else notes.Add("The node has no container network yet: the configuration reaches the server alone.");
        // IPv6 is claimed too, or it would go around the tunnel; devices route it only with an address. The node answers that it is prohibited.
        if (vpn.Exit is not null) reached.AddRange("0.0.0.0/0", "::/0");
        text.AppendLine($"Address = {client.Address}/32{(vpn.Exit is null ? "" : $", {ClientPool.Ipv6Of(client.Address)}/128")}");
        IReadOnlyList<string> dns = vpn is { Exit: not null, Dns.Count: 0 } ? [NameServer] : vpn.Dns;
        if (dns != vpn.Dns) notes.Add($"Names are asked of {NameServer}, through the tunnel; wireguard.vpn_server.dns names another server.");
        foreach (var outside in dns.Where(d => !reached.Any(r => IPNetwork.Parse(r).Contains(IPAddress.Parse(d))))) notes.Add($"The name server {outside} lies outside what the tunnel reaches: it is asked past the tunnel.");
        if (dns.Count > 0) text.AppendLine($"DNS = {string.Join(", ", dns)}");
        text.AppendLine(CultureInfo.InvariantCulture, $"MTU = {Mtu}").AppendLine().AppendLine("[Peer]").AppendLine($"PublicKey = {serverKey}");
        if (preshared is not null) text.AppendLine($"PresharedKey = {preshared.Value}");
        text.AppendLine($"AllowedIPs = {string.Join(", ", reached)}");
        if (vpn.Endpoint is { } endpoint) text.AppendLine($"Endpoint = {WireguardFaults.EndpointOf(vpn, endpoint)}");
        else
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"# Endpoint = this node's public address:{vpn.ListenPort}");
            notes.Add($"Put this node's public address into the configuration as Endpoint, or declare wireguard.vpn_server.endpoint: clients reach UDP port {vpn.ListenPort} there.");
        }
        text.AppendLine(CultureInfo.InvariantCulture, $"PersistentKeepalive = {Keepalive}");
        return text.ToString();
    }
}
