using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.State;

namespace MeshMcp.HostBridge.Systems.Wireguard;

/// <summary>Replaces what an edit of tunnels leaves to the node, and refuses what does not fit the state.</summary>
public static class TunnelEdit
{
    /// <param name="now">What ends before is no new client's end.</param>
    public static Edit Resolve(Edit edit, NodeState state, ReleasedAddresses released, DateTimeOffset now) => edit switch
    {
        AddVpnClient { Renew: true } renew => renew with { Client = Renewed(renew.Client, Server(state), now) },
        AddVpnClient add => add with { Client = Resolve(add.Client, Server(state), released, now) },
        RemoveVpnClient remove => remove with { Name = Client(remove.Name, Server(state)).Name },
        SetTunnel set => Existing(set, state),
        _ => edit,
    };

    static VpnClient Resolve(VpnClient client, VpnServer server, ReleasedAddresses released, DateTimeOffset now)
    {
        if (!WireguardFaults.IsClientName(client.Name))
            throw new MeshException(ErrorKind.InvalidArgument, $"\"{client.Name}\" is no name of a client.", "name", $"Use {WireguardFaults.NameForm}.");
        if (server.Clients.FirstOrDefault(c => c.Name == client.Name) is { } same)
            return same == client ? same : throw new MeshException(ErrorKind.Conflict, $"There is a client {client.Name} already, with the address {same.Address}.", "name", "Choose another name, give it new keys by wg_add_client with renew=true, or remove it first with wg_remove_client.");
        Check(client, server, now);
        return client with { Address = AddressFor(client, server, released) };
    }

    /// <summary>Address and expiry stay; a new address is a new client.</summary>
    static VpnClient Renewed(VpnClient client, VpnServer server, DateTimeOffset now)
    {
        var there = Client(client.Name, server);
        if (client.Address.Length > 0 && client.Address != there.Address)
            throw new MeshException(ErrorKind.Conflict, $"{client.Name} has the address {there.Address}, and new keys give it no other.", "address", "Leave the address out, or remove the client and add it anew.");
        if (client.Expires is null && there.Expires <= now)
            throw new MeshException(ErrorKind.InvalidArgument, $"{client.Name} could connect until {there.Expires:u}: that is over.", "expires", "Give a new time to come with its new keys.");
        var renewed = client with { Address = there.Address, PublicKey = client.PublicKey.Length > 0 || server.AutoProvision ? client.PublicKey : there.PublicKey, Expires = client.Expires ?? there.Expires };
        Check(renewed, server, now);
        return renewed;
    }

    static void Check(VpnClient client, VpnServer server, DateTimeOffset now)
    {
        if (client.PublicKey.Length == 0)
            throw new MeshException(ErrorKind.InvalidArgument, $"A client needs a public key{(server.AutoProvision ? "" : ": this server makes none (auto_provision is off)")}.", "public_key",
                server.AutoProvision ? "wg_add_client makes the keys and returns them once." : "Make a pair on the device with `wg genkey | tee key | wg pubkey`, and give the public one.");
        if (!WireguardKey.IsKey(client.PublicKey))
            throw new MeshException(ErrorKind.InvalidArgument, "The public key is none.", "public_key", $"A key has {WireguardKey.Form}; `wg pubkey` prints it.");
        if (client.Expires is { } expires && expires <= now)
            throw new MeshException(ErrorKind.InvalidArgument, $"{expires:u} is over already: it is {now:u}.", "expires", "Give a time to come, or leave it out.");
        if (server.Clients.FirstOrDefault(c => c.PublicKey == client.PublicKey && c.Name != client.Name) is { } twin)
            throw new MeshException(ErrorKind.Conflict, $"{twin.Name} has this public key already.", "public_key", "Each device needs its own key pair.");
    }

    static string AddressFor(VpnClient client, VpnServer server, ReleasedAddresses released)
    {
        var pool = ClientPool.Parse(server.IpPool) ?? throw new MeshException(ErrorKind.InvalidArgument, $"\"{server.IpPool}\" is not {ClientPool.Form}.", "wireguard.vpn_server.ip_pool", "Correct the state first.");
        var live = server.Clients.ToDictionary(c => c.Address, c => c.Name);
        var cooling = released.Cooling.GroupBy(r => r.Address).ToDictionary(g => g.Key, g => g.Max(r => r.At) + ReleasedAddresses.CoolDown);
        var inPool = cooling.Count(c => pool.FaultOf(c.Key) is null && !live.ContainsKey(c.Key));
        if (client.Address.Length == 0)
            return pool.Lowest(live.Keys.Concat(cooling.Keys).ToHashSet()) ?? throw new MeshException(ErrorKind.Conflict,
                $"The pool {pool} is full: it has room for {pool.Size} clients, {live.Count} are there{(inPool == 0 ? "" : $" and {inPool} address{(inPool == 1 ? "" : "es")} of removed ones cool{(inPool == 1 ? "s" : "")} down")}.", "wireguard.vpn_server.ip_pool",
                $"Remove clients that are not needed{(inPool == 0 ? "" : $", wait until {cooling.Values.Min():u}")}, or declare a larger ip_pool.");
        if (pool.FaultOf(client.Address) is { } fault) throw new MeshException(ErrorKind.InvalidArgument, fault, "address", $"Give an address in {pool}, or none: the lowest free one is taken.");
        if (live.TryGetValue(client.Address, out var holder)) throw new MeshException(ErrorKind.Conflict, $"{client.Address} belongs to {holder}.", "address", "Give another, or none: the lowest free one is taken.");
        if (cooling.TryGetValue(client.Address, out var until)) throw new MeshException(ErrorKind.Conflict, $"{client.Address} was another client's a short while ago and is not given out before {until:u}.", "address", "Give another, or none: the lowest free one is taken.");
        return client.Address;
    }

    static VpnClient Client(string name, VpnServer server)
    {
        string[] names = [.. server.Clients.Select(c => c.Name)];
        return server.Clients.FirstOrDefault(c => c.Name == name) ?? throw new MeshException(new MeshError(ErrorKind.NotFound, $"This node has no VPN client {name}.", "name",
            names.Length == 0 ? "It has none at all." : "wg_status shows those there are.", [new("name", "No such client.", Nearest: Nearest.To(name, names))]));
    }

    static SetTunnel Existing(SetTunnel set, NodeState state)
    {
        if (state.Wireguard?.WarpTunnel?.Interface == set.Interface) return set;
        string[] names = state.Wireguard?.WarpTunnel is { } warp ? [warp.Interface] : [];
        throw new MeshException(new MeshError(ErrorKind.NotFound, $"{set.Interface} is no tunnel that this node takes up and down.", "interface",
            names.Length == 0 ? "The state has no wireguard.warp_tunnel." : $"{names[0]} is the one.", [new("interface", "No such tunnel.", Nearest: names)]));
    }

    static VpnServer Server(NodeState state) => state.Wireguard?.VpnServer ?? throw new MeshException(ErrorKind.NotFound, "This node has no VPN server.", "wireguard.vpn_server", "Declare one with interface, listen_port and ip_pool first.");
}
