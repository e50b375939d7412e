using System.Text.Json.Serialization;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.State;

namespace MeshMcp.Contracts.Edits;

/// <summary>Lets a device into the VPN. A request may leave address, keys and expiry to the node.</summary>
public sealed record AddVpnClient(VpnClient Client) : Edit
{
    [JsonIgnore] public override string Section => "wireguard";
    [JsonIgnore] public override string Item => VpnClients.ItemOf(Client.Name);

    public override NodeState Apply(NodeState state) => VpnClients.With(state, all => ItemList.Put(all, Client, c => c.Name == Client.Name, MeshJson.Default.VpnClient));

    public override string? Misfit(NodeState state) => state.Wireguard?.VpnServer is null ? "there is no wireguard.vpn_server" : null;

    public override string Describe() => $"add VPN client {Client.Name}";
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

/// <summary>Makes the node a member of a Netmaker network.</summary>
public sealed record JoinNetmaker(NetmakerSection Netmaker) : Edit
{
    [JsonIgnore] public override string Section => "netmaker";
    [JsonIgnore] public override string Item => "netmaker";

    public override NodeState Apply(NodeState state) => state.Netmaker is { } there && ItemList.Same(there, Netmaker, MeshJson.Default.NetmakerSection) ? state : state with { Netmaker = Netmaker };

    public override string Describe() => $"join Netmaker network {Netmaker.Network}";
}

/// <summary>The section stays and says so: one that is absent would be unmanaged, and the node a member still.</summary>
public sealed record LeaveNetmaker(string Network) : Edit
{
    [JsonIgnore] public override string Section => "netmaker";
    [JsonIgnore] public override string Item => "netmaker.enabled";

    public override NodeState Apply(NodeState state) => state.Netmaker is { Enabled: true } member && member.Network == Network ? state with { Netmaker = member with { Enabled = false } } : state;

    public override string Describe() => $"leave Netmaker network {Network}";
}

static class VpnClients
{
    public static string ItemOf(string name) => $"wireguard.vpn_server.clients[{name}]";

    public static NodeState With(NodeState state, Func<IReadOnlyList<VpnClient>, IReadOnlyList<VpnClient>> change) =>
        state.Wireguard?.VpnServer is { } server && change(server.Clients) is var after && !ReferenceEquals(after, server.Clients)
            ? state with { Wireguard = state.Wireguard with { VpnServer = server with { Clients = after } } }
            : state;
}
