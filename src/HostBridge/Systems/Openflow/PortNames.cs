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
