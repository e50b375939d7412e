using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Network;
using MeshMcp.HostBridge.Store;

namespace MeshMcp.HostBridge.Systems.Wireguard;

/// <summary>Every fault of a <c>wireguard</c> section, and of the profile it names when that is here.</summary>
public static partial class WireguardFaults
{
    const string Warp = "wireguard.warp_tunnel", Vpn = "wireguard.vpn_server";

    public const string NameForm = "1 to 40 lower-case letters, digits and dashes, a letter or digit first";

    public static bool IsClientName(string name) => ClientName().IsMatch(name);

    public static IEnumerable<Problem> Of(NodeState state, SecretStore secrets)
    {
        var section = state.Wireguard!;
        if (section.WarpTunnel is { } warp)
            foreach (var problem in OfWarp(warp, state, secrets)) yield return problem;
        if (section.VpnServer is not { } vpn) yield break;
        foreach (var problem in OfVpn(vpn, state)) yield return problem;
        if (section.WarpTunnel?.Interface == vpn.Interface) yield return new($"{Vpn}.interface", $"{vpn.Interface} is the warp tunnel's device already.");
    }

    static IEnumerable<Problem> OfWarp(WarpTunnel warp, NodeState state, SecretStore secrets)
    {
        if (!TextKind.Device.Holds(warp.Interface)) yield return new($"{Warp}.interface", NoDevice(warp.Interface));
        var bridge = BridgeLayout.NameOf(state);
        if (warp.PostUp is { Length: > 0 } up && TunnelHook.FaultOfUp(up, bridge, warp.Interface) is { } upFault) yield return new($"{Warp}.post_up", upFault);
        if (warp.PreDown is { Length: > 0 } down && TunnelHook.FaultOfDown(down, bridge, warp.Interface) is { } downFault) yield return new($"{Warp}.pre_down", downFault);
        if (SecretReference.NameIn(warp.Profile) is null)
            yield return new($"{Warp}.profile", $"The profile is named as secret:NAME, with a name of {SecretReference.Form}; its content is never in a state.");
        else if (warp.Enabled && secrets.Find(warp.Profile, SecretKind.WarpProfile) is { } text && WarpProfile.Read(text, out var fault) is null)
            yield return new($"{Warp}.profile", $"{warp.Profile} is no usable profile. {fault}");
    }

    static IEnumerable<Problem> OfVpn(VpnServer vpn, NodeState state)
    {
        if (!TextKind.Device.Holds(vpn.Interface)) yield return new($"{Vpn}.interface", NoDevice(vpn.Interface));
        if (vpn.ListenPort is < 1 or > 65535) yield return new($"{Vpn}.listen_port", $"{vpn.ListenPort} is no port: 1 to 65535 are.");
        if (state.Netmaker is { Enabled: true } netmaker && vpn.ListenPort == netmaker.Port()) yield return new($"{Vpn}.listen_port", $"{vpn.ListenPort} is Netmaker's port already.");
        if (vpn.Endpoint is { } endpoint && EndpointOf(vpn with { ListenPort = 1 }, endpoint) is null) yield return new($"{Vpn}.endpoint", $"\"{endpoint}\" is no name or IPv4 address, with or without a port, such as vpn.example:{vpn.ListenPort}.");
        foreach (var dns in vpn.Dns.Where(d => !TextKind.Ipv4.Holds(d))) yield return new($"{Vpn}.dns", $"\"{dns}\" is no IPv4 address of a name server.");
        string[] tunnels = [.. BridgeLayout.AdaptersOf(state).Keys.Where(t => t != vpn.Interface)];
        if (vpn.Exit is { } exit && !tunnels.Contains(exit) && exit != state.Wireguard?.WarpTunnel?.Interface)
            yield return new($"{Vpn}.exit", $"{exit} is no tunnel of this node that clients could leave by{(tunnels.Length == 0 ? "; it has none" : "")}.", Nearest: Nearest.To(exit, tunnels));
        if (ClientPool.Parse(vpn.IpPool) is not { } pool)
        {
            yield return new($"{Vpn}.ip_pool", $"\"{vpn.IpPool}\" is not {ClientPool.Form}.");
            yield break;
        }
        if (Networks.Behind(BridgeLayout.Of(state)) is { } containers && pool.Overlaps(containers))
            yield return new($"{Vpn}.ip_pool", $"{pool} overlaps the containers' network {containers}.");
        foreach (var problem in OfClients(vpn, pool)) yield return problem;
    }

    static IEnumerable<Problem> OfClients(VpnServer vpn, ClientPool pool)
    {
        var (names, addresses, keys) = (new HashSet<string>(), new Dictionary<string, string>(), new Dictionary<string, string>());
        for (var i = 0; i < vpn.Clients.Count; i++)
        {
            var (client, path) = (vpn.Clients[i], $"{Vpn}.clients[{i}]");
            if (!IsClientName(client.Name)) yield return new($"{path}.name", $"\"{client.Name}\" is no name of a client: {NameForm}.");
            if (!names.Add(client.Name)) yield return new($"{path}.name", $"{client.Name} is on the list already.");
            if (pool.FaultOf(client.Address) is { } fault) yield return new($"{path}.address", fault);
            else if (!addresses.TryAdd(client.Address, client.Name)) yield return new($"{path}.address", $"{client.Address} belongs to {addresses[client.Address]} already.");
            if (!WireguardKey.IsKey(client.PublicKey)) yield return new($"{path}.public_key", $"This is no public key: {WireguardKey.Form}.");
            else if (!keys.TryAdd(client.PublicKey, client.Name)) yield return new($"{path}.public_key", $"{keys[client.PublicKey]} has the same key; each device needs its own.");
            if (client.PresharedKey is { } preshared && SecretReference.NameIn(preshared) is null) yield return new($"{path}.preshared_key", $"The preshared key is named as secret:NAME, with a name of {SecretReference.Form}; its content is never in a state.");
        }
    }

    /// <summary>With the listening port where it names none; null when it is no endpoint.</summary>
    public static string? EndpointOf(VpnServer vpn, string endpoint)
    {
        var whole = endpoint.Contains(':') ? endpoint : $"{endpoint}:{vpn.ListenPort}";
        return WarpProfile.HostPort(whole) is null ? null : whole;
    }

    static string NoDevice(string name) => $"\"{name}\" is no device name: 1 to 15 letters, digits, dots, dashes or underscores.";

    [GeneratedRegex(@"\A[a-z0-9][a-z0-9-]{0,39}\z")]
    private static partial Regex ClientName();
}
