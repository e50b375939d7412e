using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Flows;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.OpenVSwitch;

namespace MeshMcp.HostBridge.Systems.Openflow;

/// <summary>Puts port names for numbers in what the switch says, so that people read what they wrote.</summary>
public sealed class PortNames
{
    readonly Dictionary<string, string> _byNumber;
    readonly Dictionary<string, BridgeAdapter> _adapters;

    /// <param name="adapters">By their tunnels: an adapter is shown under its tunnel's name.</param>
    public PortNames(IReadOnlyDictionary<string, int> ofports, IReadOnlyDictionary<string, BridgeAdapter> adapters)
    {
        _byNumber = ofports.Where(p => p.Value <= PortNumber.Last).GroupBy(p => p.Value.ToString()).ToDictionary(g => g.Key, g => g.First().Key);
        _adapters = adapters.Values.DistinctBy(a => a.Ofport).ToDictionary(a => a.Ofport.ToString());
        foreach (var (number, adapter) in _adapters) _byNumber[number] = adapter.Tunnel;
    }

    /// <summary>Of a bridge that is there.</summary>
    /// <exception cref="MeshException">It is not: NotFound, or Unavailable where it is about to come back.</exception>
    public static PortNames On(NodeState desired, OvsState observed, string bridge)
    {
        if (observed.Bridge(bridge) is null)
            throw BridgeLayout.Of(desired)?.Name == bridge
                ? new MeshException(ErrorKind.Unavailable, $"Bridge {bridge} of this node is gone; it is made again by itself.", "bridge", "Try again in some seconds; list_nodes says what is in its way.")
                : new MeshException(ErrorKind.NotFound, $"This node has no bridge {bridge} yet.", "bridge", "Apply a state with a bridge section first.");
        return new(PortNumber.ByName(desired, observed, bridge), BridgeLayout.AdaptersOf(desired));
    }

    /// <summary>A flow with names; as it came when it has something that this version does not read.</summary>
    public string In(string flow)
    {
        try
        {
            var spec = FlowText.Parse(flow);
            FlowAction[] actions = [.. spec.Actions.Where((a, i) => !Addresses(a, spec.Actions.ElementAtOrDefault(i + 1)))];
            return (spec with { Actions = actions }).Renamed(Of).ToString();
        }
        catch (MeshException)
        {
            return flow;
        }
    }

    public string Of(string number) => _byNumber.GetValueOrDefault(number, number);

    /// <summary>Giving a frame the adapter's MAC belongs to sending it there.</summary>
    bool Addresses(FlowAction action, FlowAction? next) =>
        next is FlowAction.Output { Port: var port } && _adapters.TryGetValue(port, out var adapter)
        && action is FlowAction.Other { Text: var text } && (text == $"mod_dl_dst:{adapter.Mac}" || text == $"set_field:{adapter.Mac}->eth_dst");
}
