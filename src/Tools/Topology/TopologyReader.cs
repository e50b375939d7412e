using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.State;
using MeshMcp.Tools.Calls;
using MeshMcp.Tools.Nodes;

namespace MeshMcp.Tools.Topology;

/// <summary>Puts the topology together from what each node says.</summary>
sealed class TopologyReader(INodes nodes)
{
    public async Task<MeshTopology> ReadAsync(ICallContext call, CancellationToken ct) =>
        new([.. (await Probe.AllAsync(nodes, call, AskAsync, ct)).Select(p => p.Said ?? new(p.Name, false, p.Problem!.Message))]);

    static async Task<TopologyNode> AskAsync(NodeClient client, CancellationToken ct)
    {
        var status = await client.StatusAsync(ct);
        var desired = (await client.StateAsync("desired", ct)).State;
        var node = new TopologyNode(client.Node, true)
        {
            Containers = [.. (desired.Lxc?.Containers ?? []).Select(c => c.Id)],
            Addresses = ByName((desired.Lxc?.Containers ?? []).Select(c => (c.Id, c.Properties.Ipv4Address))),
            Tunnels = BridgeLayout.AdaptersOf(desired).Values.Select(a => new TopologyTunnel(a.Tunnel, a.Clients, a.Exit)).ToList() is { Count: > 0 } tunnels ? tunnels : null,
            VpnClients = ByName((desired.Wireguard?.VpnServer?.Clients ?? []).Select(c => (c.Name, (string?)c.Address))),
            Serves = status.Serves,
        };
        try
        {
            var bridge = (await client.StateAsync("observed", ct)).State.Bridge;
            return node with
            {
                Bridge = bridge?.Name,
                Address = bridge?.Address,
                Ports = [.. (bridge?.Ports ?? []).Select(p => new TopologyPort(p.Name, p.Ofport))],
                Flows = bridge is null ? null : (await client.FlowsAsync(ct)).Total,
            };
        }
        catch (MeshException e)
        {
            // The node answers, its Open vSwitch does not: what should be there is known all the same.
            return node with { Problem = e.Message, Bridge = desired.Bridge?.Name, Address = desired.Bridge?.Address };
        }
    }

    /// <summary>Null where there is none.</summary>
    static Dictionary<string, string>? ByName(IEnumerable<(string Name, string? Address)> items) =>
        items.Where(i => i.Address is not null).DistinctBy(i => i.Name).ToDictionary(i => i.Name, i => i.Address!) is { Count: > 0 } found ? found : null;
}
