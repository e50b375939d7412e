using System.Globalization;
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
        text.AppendLine($"Address = {client.Address}/32");
        if (vpn.Dns.Count > 0) text.AppendLine($"DNS = {string.Join(", ", vpn.Dns)}");
        text.AppendLine(CultureInfo.InvariantCulture, $"MTU = {Mtu}").AppendLine().AppendLine("[Peer]").AppendLine($"PublicKey = {serverKey}");
        if (preshared is not null) text.AppendLine($"PresharedKey = {preshared.Value}");
        List<string> reached = [$"{pool.Server}/32"];
        if (BridgeLayout.Of(state)?.Address is { } address) reached.Add(Networks.Of(address).ToString());
        else notes.Add("The node has no container network yet: the configuration reaches the server alone.");
        if (vpn.Exit is not null) reached.Add("0.0.0.0/0");
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
