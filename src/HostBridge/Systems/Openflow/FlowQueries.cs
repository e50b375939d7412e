using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Flows;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.OpenVSwitch;

namespace MeshMcp.HostBridge.Systems.Openflow;

/// <summary>Reads flows; changes nothing.</summary>
public sealed class FlowQueries(OvsdbConnection database, Ofctl ofctl, OpenflowSystem system)
{
    /// <param name="left">Seconds by item of what ends by itself.</param>
    public async Task<FlowList> ListAsync(NodeState desired, string bridge, IReadOnlyDictionary<string, double> left, CancellationToken ct)
    {
        var names = PortNames.On(desired, database.State, bridge);
        var ending = left.Count == 0 ? [] : (await system.WantedAsync(desired, bridge, ct)).Where(w => left.ContainsKey(FlowTable.ItemOf(w.Text, bridge))).ToDictionary(w => w.Key, w => left[FlowTable.ItemOf(w.Text, bridge)]);
        var flows = await ofctl.DumpFlowsAsync(bridge, ct);
        return new(bridge, flows.Count,
        [
            .. from flow in flows
               orderby flow.Flow.Key.Table, flow.Flow.Key.Priority descending, flow.Flow.Key.Match
               select Listed(flow, names) with { SecondsLeft = FlowCookie.IsOurs(flow.Cookie) && ending.TryGetValue(flow.Flow.Key, out var seconds) ? seconds : null },
        ]);
    }

    static ListedFlow Listed(DumpedFlow dumped, PortNames names)
    {
        var text = names.In(dumped.Flow.ToString());
        var (head, actions) = (text[..text.IndexOf("actions=", StringComparison.Ordinal)], text[(text.IndexOf("actions=", StringComparison.Ordinal) + "actions=".Length)..]);
        var match = string.Join(',', head.Split(',', StringSplitOptions.RemoveEmptyEntries).Where(f => !f.StartsWith("table=", StringComparison.Ordinal) && !f.StartsWith("priority=", StringComparison.Ordinal)));
        return new(text, dumped.Flow.Key.Table, dumped.Flow.Key.Priority, match, actions, FlowCookie.IsOurs(dumped.Cookie), $"0x{dumped.Cookie:x}", dumped.Packets, dumped.Bytes);
    }
}
