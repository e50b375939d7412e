using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Store;

namespace MeshMcp.HostBridge.Systems.Wireguard;

/// <summary>Turns the section's items into devices with what this node holds: profiles, keys, resolved names, the time. What is missing is waited for and said.</summary>
public sealed class WantedDevices(SecretStore secrets, WireguardKeys keys, EndpointNames endpoints, NodeStore store, TimeProvider time)
{
    const string WarpPath = "wireguard.warp_tunnel", VpnPath = "wireguard.vpn_server";
    const int VpnMtu = 1420;
    /// <summary>Clients' traffic that leaves by another tunnel must fit into that too.</summary>
    const int VpnMtuWithExit = 1280;

    public IReadOnlyList<WantedDevice> Of(WireguardSection section, List<Finding> findings)
    {
        var wanted = new List<WantedDevice>();
        if (section.WarpTunnel is { Enabled: true } warp) wanted.Add(new(warp.Interface, new() { WarpTunnel = warp }, WarpPath, ConfigOf(warp, findings)));
        if (section.VpnServer is { } vpn) wanted.Add(new(vpn.Interface, new() { VpnServer = vpn }, VpnPath, ConfigOf(vpn, findings)));
        if (wanted.Count == 0) return wanted;
        if (!WireguardDevices.HasTool) return Waiting("wg is not installed; on Debian: apt-get install wireguard-tools");
        if (!WireguardDevices.CanMake) return Waiting("This kernel has no WireGuard and wireguard-go is not installed; on Debian: apt-get install wireguard-go");
        return wanted;

        IReadOnlyList<WantedDevice> Waiting(string message)
        {
            findings.Add(new("waiting", "wireguard", message));
            return [.. wanted.Select(w => w with { Config = null })];
        }
    }

    DeviceConfig? ConfigOf(WarpTunnel warp, List<Finding> findings)
    {
        if (secrets.Find(warp.Profile, SecretKind.WarpProfile) is not { } text)
        {
            findings.Add(new("waiting", $"{WarpPath}.profile", $"{warp.Interface} waits for {warp.Profile}, a profile in wgcf's format: meshctl secret set {SecretReference.NameIn(warp.Profile)} --kind warp-profile --file wgcf-profile.conf"));
            return null;
        }
        if (WarpProfile.Read(text, out var fault) is not { } profile)
        {
            findings.Add(new("waiting", $"{WarpPath}.profile", $"{warp.Interface} waits for a profile that can be read. {warp.Profile}: {fault}"));
            return null;
        }
        findings.AddRange(profile.Skipped.Select(s => new Finding("warning", $"{WarpPath}.profile", s)));
        var endpoint = endpoints.Known(profile.Peer.EndpointText!);
        if (endpoint is null) findings.Add(new("waiting", $"{WarpPath}.profile", $"{warp.Interface} waits for the address of {profile.Peer.EndpointText}: the name is not resolved yet."));
        return new(warp.Interface, WireguardKey.Clamped(profile.PrivateKey), profile.ListenPort, profile.Address, profile.Mtu, [profile.Peer with { Endpoint = endpoint }]);
    }

    DeviceConfig? ConfigOf(VpnServer vpn, List<Finding> findings)
    {
        if (ClientPool.Parse(vpn.IpPool) is not { } pool) return null;
        var own = keys.Own(vpn.Interface);
        if (own is not null && !WireguardKey.IsKey(own.Value))
        {
            findings.Add(new("waiting", VpnPath, $"{vpn.Interface} waits for a private key that is one: secret {WireguardKeys.NameOf(vpn.Interface)} is not {WireguardKey.Form}. Delete it and one is made."));
            return null;
        }
        // Clients with an exit send their IPv6 here too, and an answer finds them by an address only.
        var answers = vpn.Exit is not null && WireguardDevices.HasIpv6;
        var peers = new List<PeerConfig>();
        foreach (var client in vpn.Clients)
        {
            var path = $"{VpnPath}.clients.{client.Name}";
            if (client.Expires is { } expires && expires <= time.GetUtcNow())
            {
                findings.Add(new("warning", path, $"{client.Name} has expired on {expires:u} and is out; wg_remove_client takes it off the list."));
                continue;
            }
            if (store.Revoked.Find(client.PublicKey) is { } revoked)
            {
                findings.Add(new("warning", path, $"{client.Name} stays out: its key was revoked on {revoked.At:u} (generation {revoked.Generation}). A document that has it needs its newer public key; if there is none, give it new keys: wg_add_client with renew=true."));
                continue;
            }
            var preshared = client.PresharedKey is { } reference ? secrets.Find(reference, SecretKind.PresharedKey)?.Trim() : null;
            if (client.PresharedKey is not null && (preshared is null || !WireguardKey.IsKey(preshared)))
            {
                findings.Add(new("waiting", $"{path}.preshared_key", $"{client.Name} waits for {client.PresharedKey}{(preshared is null ? "" : $", which is no key now ({WireguardKey.Form})")}."));
                continue;
            }
            peers.Add(new(client.Name, client.PublicKey, preshared is null ? null : new(preshared), answers ? [$"{client.Address}/32", $"{ClientPool.Ipv6Of(client.Address)}/128"] : [$"{client.Address}/32"]));
        }
        return new(vpn.Interface, own is null ? null : WireguardKey.Clamped(own), vpn.ListenPort, pool.ServerWithPrefix, vpn.Exit is null ? VpnMtu : VpnMtuWithExit, peers) { Ipv6 = answers ? pool.ServerIpv6 : null };
    }
}
