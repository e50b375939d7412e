using System.Text.Json.Serialization;
using MeshMcp.Contracts.State;

namespace MeshMcp.Contracts.Edits;

/// <summary>Lets a device into the VPN. A request may leave address, keys and expiry to the node.</summary>
public sealed record AddVpnClient(VpnClient Client) : Edit
{
    [JsonIgnore] public override string Section => "wireguard";

    public override NodeState Apply(NodeState state) => VpnClients.With(state, all => [.. all.Where(c => c.Name != Client.Name), Client]);

    public override string Describe() => $"add VPN client {Client.Name}";
}

public sealed record RemoveVpnClient(string Name) : Edit
{
    [JsonIgnore] public override string Section => "wireguard";

    public override NodeState Apply(NodeState state) => VpnClients.With(state, all => [.. all.Where(c => c.Name != Name)]);

    public override string Describe() => $"remove VPN client {Name}";
}

/// <summary>Takes a tunnel of the state up or down.</summary>
public sealed record SetTunnel(string Interface, bool Enabled) : Edit
{
    [JsonIgnore] public override string Section => "wireguard";

    public override NodeState Apply(NodeState state) => state.Wireguard?.WarpTunnel is { } warp && warp.Interface == Interface
        ? state with { Wireguard = state.Wireguard with { WarpTunnel = warp with { Enabled = Enabled } } }
        : state;

    public override string Describe() => $"take tunnel {Interface} {(Enabled ? "up" : "down")}";
}

/// <summary>Makes the node a member of a Netmaker network.</summary>
public sealed record JoinNetmaker(NetmakerSection Netmaker) : Edit
{
    [JsonIgnore] public override string Section => "netmaker";

    public override NodeState Apply(NodeState state) => state with { Netmaker = Netmaker };

    public override string Describe() => $"join Netmaker network {Netmaker.Network}";
}

/// <summary>The section stays and says so: one that is absent would be unmanaged, and the node a member still.</summary>
public sealed record LeaveNetmaker(string Network) : Edit
{
    [JsonIgnore] public override string Section => "netmaker";

    public override NodeState Apply(NodeState state) => state.Netmaker?.Network == Network ? state with { Netmaker = state.Netmaker with { Enabled = false } } : state;

    public override string Describe() => $"leave Netmaker network {Network}";
}

static class VpnClients
{
    public static NodeState With(NodeState state, Func<IReadOnlyList<VpnClient>, IReadOnlyList<VpnClient>> change) =>
        state.Wireguard?.VpnServer is { } server
            ? state with { Wireguard = state.Wireguard with { VpnServer = server with { Clients = change(server.Clients) } } }
            : state;
}
