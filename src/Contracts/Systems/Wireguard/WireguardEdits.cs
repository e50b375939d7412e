using System.Text.Json.Serialization;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.State;

namespace MeshMcp.Contracts.Edits;

[JsonDerivedType(typeof(AddVpnClient), "addVpnClient")]
[JsonDerivedType(typeof(RemoveVpnClient), "removeVpnClient")]
[JsonDerivedType(typeof(SetTunnel), "setTunnel")]
public abstract partial record Edit;

/// <summary>Lets a device into the VPN. A request may leave address, keys and expiry to the node.</summary>
/// <param name="Renew">True: one that is there gets new keys, and its old ones end.</param>
public sealed record AddVpnClient(VpnClient Client, bool? Renew = null) : Edit
{
    [JsonIgnore] public override string Section => "wireguard";
    /// <summary>Of new keys beneath the client: what made it goes on counting.</summary>
    [JsonIgnore] public override string Item => VpnClients.ItemOf(Client.Name) + (Renew == true ? ".public_key" : "");

    public override NodeState Apply(NodeState state) => VpnClients.With(state, all => Renew != true ? Put(all, Client)
        : all.FirstOrDefault(c => c.Name == Client.Name) is { } there ? Put(all, there with { PublicKey = Client.PublicKey, PresharedKey = Client.PresharedKey, Expires = Client.Expires })
        : all);

    public override string? Misfit(NodeState state) => state.Wireguard?.VpnServer is not { } server ? "there is no wireguard.vpn_server"
        : Renew == true && server.Clients.All(c => c.Name != Client.Name) ? $"there is no VPN client {Client.Name}"
        : null;

    static IReadOnlyList<VpnClient> Put(IReadOnlyList<VpnClient> all, VpnClient client) => ItemList.Put(all, client, c => c.Name == client.Name, MeshJson.Default.VpnClient);

    public override string Describe() => Renew == true ? $"give VPN client {Client.Name} new keys" : $"add VPN client {Client.Name}";
}

public sealed record RemoveVpnClient(string Name) : Edit
{
    [JsonIgnore] public override string Section => "wireguard";
    [JsonIgnore] public override string Item => VpnClients.ItemOf(Name);

    public override NodeState Apply(NodeState state) => VpnClients.With(state, all => ItemList.Remove(all, c => c.Name == Name));

    public override string Describe() => $"remove VPN client {Name}";
}

/// <summary>Takes a tunnel of the state up or down.</summary>
public sealed record SetTunnel(string Interface, bool Enabled) : Edit
{
    [JsonIgnore] public override string Section => "wireguard";
    [JsonIgnore] public override string Item => "wireguard.warp_tunnel.enabled";

    public override NodeState Apply(NodeState state) => state.Wireguard?.WarpTunnel is { } warp && warp.Interface == Interface && warp.Enabled != Enabled
        ? state with { Wireguard = state.Wireguard with { WarpTunnel = warp with { Enabled = Enabled } } }
        : state;

    public override string? Misfit(NodeState state) => state.Wireguard?.WarpTunnel?.Interface == Interface ? null : $"there is no tunnel {Interface}";

    public override string Describe() => $"take tunnel {Interface} {(Enabled ? "up" : "down")}";
}

static class VpnClients
{
    public static string ItemOf(string name) => $"wireguard.vpn_server.clients[{name}]";

    public static NodeState With(NodeState state, Func<IReadOnlyList<VpnClient>, IReadOnlyList<VpnClient>> change) =>
        state.Wireguard?.VpnServer is { } server && change(server.Clients) is var after && !ReferenceEquals(after, server.Clients)
            ? state with { Wireguard = state.Wireguard with { VpnServer = server with { Clients = after } } }
            : state;
}
