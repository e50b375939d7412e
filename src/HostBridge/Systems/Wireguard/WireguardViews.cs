using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Engine;
using MeshMcp.HostBridge.Host;

namespace MeshMcp.HostBridge.Systems.Wireguard;

/// <summary>Answers how the tunnels are; changes nothing.</summary>
public sealed class WireguardViews(NodeEngine engine, WireguardSystem system, WireguardDevices devices, TimeProvider time)
{
    const string Warp = "warp", Vpn = "vpn";

    public async Task<WireguardStatus> ReadAsync(CancellationToken ct)
    {
        var desired = engine.Desired;
        var observed = await system.ObserveAsync(desired, ct);
        var (dumps, links) = (await devices.DumpAllAsync(ct), (await devices.LinksAsync(ct)).ToDictionary(l => l.Name));
        var names = new List<string>(from name in new[] { desired.Wireguard?.WarpTunnel?.Interface, desired.Wireguard?.VpnServer?.Interface } where name is not null select name);
        names.AddRange(dumps.Keys.Except(names).Order(StringComparer.Ordinal));
        // Sockets of devices in other network namespaces answer too.
        return new([.. names.Where(n => links.ContainsKey(n) || RoleOf(n, desired) is Warp or Vpn).Select(n => Interface(n, desired, observed, dumps.GetValueOrDefault(n), links.GetValueOrDefault(n)))]);
    }

    WireguardInterface Interface(string name, NodeState desired, ObservedWireguard observed, WgDump? dump, SeenLink? link)
    {
        var role = RoleOf(name, desired);
        if (link is null) dump = null;
        var clients = role == Vpn ? desired.Wireguard!.VpnServer!.Clients : [];
        List<WireguardPeer> peers = [.. (dump?.Peers ?? []).Select(p => Peer(p, clients.FirstOrDefault(c => c.PublicKey == p.PublicKey)))];
        peers.AddRange(clients.Where(c => peers.All(p => p.PublicKey != c.PublicKey)).Select(c => Absent(c, observed)));
        return new(name, role, VerdictOf(role, desired, observed, dump, link, peers))
        {
            PublicKey = dump?.PublicKey,
            ListenPort = dump?.ListenPort,
            Address = link?.Addresses is [var address, ..] ? address : null,
            Mtu = link?.Mtu,
            Owner = link is null ? null : observed.Wanted.FirstOrDefault(w => w.Name == name)?.Unit ?? (link.Alias == SeenDevice.Mark ? SeenDevice.Mark : "other"),
            Peers = peers,
        };
    }

    static string VerdictOf(string role, NodeState desired, ObservedWireguard observed, WgDump? dump, SeenLink? link, List<WireguardPeer> peers)
    {
        if (role == Warp && desired.Wireguard!.WarpTunnel is { Enabled: false } && dump is null) return "off";
        if (dump is null || link is null)
            return observed.Findings.FirstOrDefault(f => f.Kind == "waiting" && (f.Path == "wireguard" || (role == Warp ? f.Path.Contains("warp_tunnel") : f.Path.EndsWith("vpn_server", StringComparison.Ordinal))))?.Message
                ?? (link is null ? "not there; it is being made" : "a device of this name is there that is no WireGuard");
        if (!link.Up) return "down";
        if (role == Warp) return dump.Peers is [{ Endpoint: null }] ? "waiting for the address of its far end" : peers is [var far] ? far.Verdict : "has no peer";
        if (peers.Count == 0) return "up, no clients yet";
        return $"up, {peers.Count(p => p.Verdict == "up")} of {peers.Count} {(role == Vpn ? "clients" : "peers")} connected";
    }

    WireguardPeer Peer(WgPeer peer, VpnClient? client)
    {
        var now = time.GetUtcNow();
        return new(peer.PublicKey, TunnelHealth.Verdict(peer, now))
        {
            Name = client?.Name,
            Endpoint = peer.Endpoint,
            AllowedIps = peer.AllowedIps,
            HandshakeAge = peer.Handshake is { } at ? Math.Max(0, (long)(now - at).TotalSeconds) : null,
            Received = peer.Received,
            Sent = peer.Sent,
            Expires = client?.Expires,
        };
    }

    WireguardPeer Absent(VpnClient client, ObservedWireguard observed)
    {
        var path = $"wireguard.vpn_server.clients.{client.Name}";
        var verdict = client.Expires is { } expires && expires <= time.GetUtcNow() ? "expired"
            : observed.Findings.FirstOrDefault(f => f.Path == path || f.Path.StartsWith($"{path}.", StringComparison.Ordinal))?.Message
            ?? "not on the device; it is being added";
        return new(client.PublicKey, verdict) { Name = client.Name, AllowedIps = [$"{client.Address}/32"], Expires = client.Expires };
    }

    static string RoleOf(string name, NodeState desired) =>
        name == desired.Wireguard?.WarpTunnel?.Interface ? Warp
        : name == desired.Wireguard?.VpnServer?.Interface ? Vpn
        : name == desired.Netmaker?.Interface ? "netmaker"
        : "other";
}
