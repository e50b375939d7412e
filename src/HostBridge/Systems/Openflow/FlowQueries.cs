using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Flows;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.OpenVSwitch;

namespace MeshMcp.HostBridge.Systems.Openflow;

/// <summary>Reads flows and traces packets; changes nothing.</summary>
public sealed class FlowQueries(OvsdbConnection database, Ofctl ofctl, OpenflowSystem system)
{
    /// <param name="left">Seconds by item of what ends by itself.</param>
    public async Task<FlowList> ListAsync(NodeState desired, string bridge, IReadOnlyDictionary<string, double> left, CancellationToken ct)
    {
        var names = Names(desired, bridge);
        var ending = left.Count == 0 ? [] : (await system.WantedAsync(desired, bridge, ct)).Where(w => left.ContainsKey(FlowTable.ItemOf(w.Text, bridge))).ToDictionary(w => w.Key, w => left[FlowTable.ItemOf(w.Text, bridge)]);
        var flows = await ofctl.DumpFlowsAsync(bridge, ct);
        return new(bridge, flows.Count,
        [
            .. from flow in flows
               orderby flow.Flow.Key.Table, flow.Flow.Key.Priority descending, flow.Flow.Key.Match
               select Listed(flow, names) with { SecondsLeft = FlowCookie.IsOurs(flow.Cookie) && ending.TryGetValue(flow.Flow.Key, out var seconds) ? seconds : null },
        ]);
    }

    /// <summary>Follows a packet that is described by flow fields (<c>in_port=veth100,tcp,nw_dst=10.1.0.200,tp_dst=9573</c>) through the tables.</summary>
    public async Task<PacketTrace> TraceAsync(NodeState desired, string bridge, string packet, CancellationToken ct)
    {
        var numbers = PortNumber.ByName(desired, database.State, bridge);
        var names = Names(desired, bridge);
        var pattern = FlowText.ParsePattern(packet, "packet");
        if (pattern is not { Table: null, Priority: null, Actions: null })
            throw new MeshException(ErrorKind.InvalidArgument, "A packet has no table, priority or actions: give only what the packet carries.", "packet", "For example in_port=veth100,tcp,nw_src=10.0.0.100,nw_dst=10.1.0.200,tp_dst=9573");
        var problems = new List<Problem>();
        var compiled = new FlowSpec(0, 0, pattern.Fields, []).Compile(numbers, BridgeLayout.AdaptersOf(desired), "packet", problems)
            ?? throw new MeshException(new MeshError(ErrorKind.InvalidArgument, problems[0].Message, "packet", "Name a port of the bridge.", problems));
        var trace = await ofctl.TraceAsync(bridge, compiled.Match, ct);
        return new(bridge, packet,
            [.. trace.Passes.SelectMany(p => p.Steps).Select(s => Traced(s, names))],
            trace.Dropped ? "dropped" : "output " + string.Join(", ", trace.Outputs),
            string.Join(" | ", trace.Passes.Select(p => p.DatapathActions)));
    }

    static ListedFlow Listed(DumpedFlow dumped, PortNames names)
    {
        var text = names.In(dumped.Flow.ToString());
        var (head, actions) = (text[..text.IndexOf("actions=", StringComparison.Ordinal)], text[(text.IndexOf("actions=", StringComparison.Ordinal) + "actions=".Length)..]);
        var match = string.Join(',', head.Split(',', StringSplitOptions.RemoveEmptyEntries).Where(f => !f.StartsWith("table=", StringComparison.Ordinal) && !f.StartsWith("priority=", StringComparison.Ordinal)));
        return new(text, dumped.Flow.Key.Table, dumped.Flow.Key.Priority, match, actions, FlowCookie.IsOurs(dumped.Cookie), $"0x{dumped.Cookie:x}", dumped.Packets, dumped.Bytes);
    }

    static Contracts.Nodes.TraceStep Traced(OpenVSwitch.TraceStep step, PortNames names) => new(
        step.Table, step.Priority,
        step.Match is null ? null : names.In($"table={step.Table},priority={step.Priority}{(step.Match.Length > 0 ? "," : "")}{step.Match},actions={(step.Actions.Count == 0 ? "drop" : string.Join(',', step.Actions))}"),
        step.Priority is null ? null : FlowCookie.IsOurs(step.Cookie),
        [.. step.Actions.Select(a => WithName(a, names)), .. step.Notes.Select(n => $"({n})")]);

    PortNames Names(NodeState desired, string bridge)
    {
        if (database.State.Bridge(bridge) is null)
            throw BridgeLayout.Of(desired)?.Name == bridge
                ? new MeshException(ErrorKind.Unavailable, $"Bridge {bridge} of this node is gone; it is made again by itself.", "bridge", "Try again in some seconds; list_nodes says what is in its way.")
                : new MeshException(ErrorKind.NotFound, $"This node has no bridge {bridge} yet.", "bridge", "Apply a state with a bridge section first.");
        return new(PortNumber.ByName(desired, database.State, bridge), BridgeLayout.AdaptersOf(desired));
    }

    static string WithName(string action, PortNames names) =>
        action.StartsWith("output:", StringComparison.Ordinal) ? $"output:{names.Of(action["output:".Length..])}" : action;
}
