using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Flows;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Network;
using MeshMcp.HostBridge.OpenVSwitch;

namespace MeshMcp.HostBridge.Systems.Openflow;

/// <summary>Where a packet would go that nobody sends.</summary>
public sealed class PacketTraces(OvsdbConnection database, Ofctl ofctl, Iproute ip, Listeners listeners, IEnumerable<IHostRules> rules)
{
    /// <param name="text">Flow fields: <c>in_port=veth100,tcp,nw_dst=10.1.0.200,tp_dst=9573</c>.</param>
    /// <exception cref="MeshException">InvalidArgument: no packet, or it is not known where it comes in.</exception>
    public async Task<PacketTrace> TraceAsync(NodeState desired, string bridge, string text, CancellationToken ct)
    {
        var given = TracedPacket.Read(text);
        var names = PortNames.On(desired, database.State, bridge);
        var devices = await ip.ReadAsync(ct);
        var node = new TracedNode(desired, database.State.Bridge(bridge)!, PortNumber.ByName(desired, database.State, bridge), devices, rules.FirstOrDefault() is { } all ? await all.ReadAsync(desired, devices, ct) : null);
        var back = given is { InPort: null, Source: { } source } ? (await ip.RouteAsync(source, null, ct)).Device : null;
        var origin = PacketOrigin.Of(given, node, back);
        var course = new PacketCourse(node, ofctl, ip, listeners);
        if (origin.Device is { } device) course.Way.Add($"reaches the node by {device}");
        var verdict = origin.Device is { } by ? await course.AtHostAsync(origin.Packet, by, ct) : await course.OnBridgeAsync(origin.Packet, ct);
        return new(bridge, text,
            [.. course.Traces.SelectMany(t => t.Passes).SelectMany(p => p.Steps).Select(s => Shown(s, names))],
            verdict, string.Join(" | ", course.Traces.SelectMany(t => t.Passes).Select(p => p.DatapathActions)))
        {
            Assumed = [.. origin.Assumed, .. course.Assumed.Distinct()],
            Way = course.Way,
        };
    }

    static Contracts.Nodes.TraceStep Shown(OpenVSwitch.TraceStep step, PortNames names) => new(
        step.Table, step.Priority,
        step.Match is null ? null : names.In($"table={step.Table},priority={step.Priority}{(step.Match.Length > 0 ? "," : "")}{step.Match},actions={(step.Actions.Count == 0 ? "drop" : string.Join(',', step.Actions))}"),
        step.Priority is null ? null : FlowCookie.IsOurs(step.Cookie),
        [.. step.Actions.Select(a => WithName(a, names)), .. step.Notes.Select(n => $"({n})")]);

    static string WithName(string action, PortNames names) =>
        action.StartsWith("output:", StringComparison.Ordinal) ? $"output:{names.Of(action["output:".Length..])}" : action;
}
