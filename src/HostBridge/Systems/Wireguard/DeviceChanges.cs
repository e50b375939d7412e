namespace MeshMcp.HostBridge.Systems.Wireguard;

/// <summary>What differs between a device as it is and as it should be, in words without keys.</summary>
public static class DeviceChanges
{
    public static IReadOnlyList<string> Of(WantedDevice wanted, SeenDevice there)
    {
        var (config, dump) = (wanted.Config!, there.Dump!);
        var changes = new List<string>();
        if (config.PrivateKey is null || config.PrivateKey != dump.PrivateKey) changes.Add("~ private key");
        if (config.ListenPort is { } port && port != dump.ListenPort) changes.Add($"~ listen port {dump.ListenPort} to {port}");
        var peers = dump.Peers.ToDictionary(p => p.PublicKey);
        foreach (var gone in peers.Values.Where(p => config.Peers.All(w => w.PublicKey != p.PublicKey))) changes.Add($"- peer {TitleOf(gone, there)}");
        foreach (var peer in config.Peers)
        {
            if (!peers.TryGetValue(peer.PublicKey, out var seen)) changes.Add($"+ peer {peer.Title}");
            else if (peer.PresharedKey != seen.PresharedKey) changes.Add($"~ preshared key of {peer.Title}");
            else if (!peer.AllowedIps.Order().SequenceEqual(seen.AllowedIps.Order())) changes.Add($"~ allowed addresses of {peer.Title}: {string.Join(", ", peer.AllowedIps)}");
            else if (peer.Keepalive != seen.Keepalive) changes.Add($"~ keepalive of {peer.Title}: {peer.Keepalive} s");
            // Where the peer really answers from may change at any time; only a new text or a missing address is a difference.
            else if (peer.Endpoint is { } endpoint && (seen.Endpoint is null || there.Record?.Endpoint != peer.EndpointText)) changes.Add($"~ endpoint of {peer.Title}: {endpoint}");
        }
        return changes;
    }

    /// <summary>Those who are connected lose it.</summary>
    public static bool MovesServer(DeviceConfig config, WgDump dump) => config.PrivateKey != dump.PrivateKey || (config.ListenPort is { } port && port != dump.ListenPort);

    /// <summary>Clients whose peer comes, goes or changes.</summary>
    public static IReadOnlyList<string> ClientsOf(WantedDevice wanted, SeenDevice there)
    {
        var peers = there.Dump!.Peers.ToDictionary(p => p.PublicKey);
        return
        [
            .. peers.Values.Where(p => wanted.Config!.Peers.All(w => w.PublicKey != p.PublicKey)).Select(p => TitleOf(p, there)),
            .. wanted.Config!.Peers.Where(p => !peers.TryGetValue(p.PublicKey, out var seen) || seen.PresharedKey != p.PresharedKey || !p.AllowedIps.Order().SequenceEqual(seen.AllowedIps.Order())).Select(p => p.Title),
        ];
    }

    static string TitleOf(WgPeer peer, SeenDevice there) =>
        there.Record?.Item.VpnServer?.Clients.FirstOrDefault(c => c.PublicKey == peer.PublicKey)?.Name ?? $"{peer.PublicKey[..8]}…";
}
