using System.Collections.Concurrent;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Flows;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Engine;
using MeshMcp.HostBridge.OpenVSwitch;
using MeshMcp.HostBridge.Systems.Ports;

namespace MeshMcp.HostBridge.Systems.Openflow;

/// <summary>The section <c>openflow</c>: flows by bridge. Ours carry our cookie; others' are never touched.</summary>
public sealed class OpenflowSystem(OvsdbConnection database, Ofctl ofctl) : HostSystem<OpenflowSection, ObservedFlows>
{
    const int MostRemembered = 50_000;

    readonly ConcurrentDictionary<string, CanonicalFlow> _canonical = new();

    public override string Name => "openflow";

    public override async Task<ObservedFlows> ObserveAsync(NodeState desired, CancellationToken ct)
    {
        var state = database.State;
        var switches = state.Bridges;
        var problems = new List<Problem>();
        var tables = new List<BridgeTable>();
        var layout = BridgeLayout.Of(desired);
        foreach (var name in switches.Select(b => b.Name).Union(desired.Openflow?.Bridges.Keys ?? []).Order(StringComparer.Ordinal))
        {
            var ofports = PortNumber.ByName(desired, state, name);
            var wanted = await WantedAsync(desired, name, ofports, problems, ct);
            var exists = switches.Any(b => b.Name == name);
            tables.Add(new(name, exists, exists ? await ofctl.DumpFlowsAsync(name, ct) : [], wanted, ofports, BridgeLayout.AdaptersOf(desired), layout?.Name == name ? layout.Address : null));
        }
        if (problems.Count > 0)
            throw new MeshException(new MeshError(ErrorKind.InvalidArgument, problems[0].Message + (problems.Count > 1 ? $" (and {problems.Count - 1} more)" : ""), problems[0].Path, "Correct each flow named in problems, or delete it before what it names; nothing was changed.", problems));
        return new(tables);
    }

    public override OpenflowSection? Ours(ObservedFlows observed)
    {
        var bridges = observed.Bridges.Where(b => b.Exists).ToDictionary(b => b.Name, b => new BridgeFlows
        {
            Flows = [.. b.OnSwitch.Where(f => FlowCookie.IsOurs(f.Cookie)).Select(f => f.Flow.ToString()).Order(StringComparer.Ordinal)],
        });
        return bridges.Count == 0 ? null : new() { Bridges = bridges };
    }

    public override IEnumerable<Problem> Validate(NodeState desired)
    {
        var problems = new List<Problem>();
        var ports = PortsFor(desired);
        foreach (var (bridge, table) in desired.Openflow!.Bridges)
        {
            var seen = new Dictionary<string, int>();
            for (var i = 0; i < table.Flows.Count; i++)
            {
                var path = PathOf(bridge, i);
                if (FlowText.Read(table.Flows[i], path, problems) is not { } flow) continue;
                if (!seen.TryAdd(flow.MatchKey, i)) problems.Add(new(path, $"The same table, priority and match as flow {seen[flow.MatchKey]}: only one of them can be on the switch."));
                if (ports is not null) problems.AddRange(flow.UnknownPorts(ports, path));
            }
            if (BridgeLayout.NameOf(desired) is var name && name != bridge)
                problems.Add(new($"openflow.bridges.{bridge}", $"The node's bridge is {name}.", Nearest: [name]));
        }
        return problems;
    }

    /// <summary>Ports that a flow may name: those the state asks for, and others' on the bridge, but not ours that the state takes away. Null while the switch cannot be asked.</summary>
    HashSet<string>? PortsFor(NodeState desired)
    {
        if (!database.Connected || BridgeLayout.Of(desired) is not { } layout) return null;
        var others = database.State.Bridge(layout.Name)?.Ports.Where(p => !Mark.IsOn(p.ExternalIds)).SelectMany(p => p.Interfaces).Select(i => i.Name) ?? [];
        return [layout.Name, .. layout.Ports.Select(p => p.Name), .. layout.Adapters.SelectMany(a => new[] { a.Port, a.Tunnel }), .. others];
    }

    public override Edit Resolve(Edit edit, NodeState state) => edit switch
    {
        AddFlow add => add with { Flow = FlowText.Parse(add.Flow).ToString(), Bridge = FlowTable.BridgeOf(state, add.Bridge) },
        DeleteFlow delete => delete with { Flow = FlowChoice.Only(delete.Flow, FlowTable.Of(state, delete.Bridge)), Bridge = FlowTable.BridgeOf(state, delete.Bridge) },
        _ => edit,
    };

    public override IReadOnlyList<Step> Plan(OpenflowSection? desired, ObservedFlows observed)
    {
        var steps = new List<Step>();
        foreach (var bridge in observed.Bridges)
        {
            var ours = bridge.OnSwitch.Where(f => FlowCookie.IsOurs(f.Cookie)).ToDictionary(f => f.Flow.Key);
            var foreign = bridge.OnSwitch.Where(f => !FlowCookie.IsOurs(f.Cookie)).ToDictionary(f => f.Flow.Key);
            if (bridge.Wanted.FirstOrDefault(w => foreign.ContainsKey(w.Key)) is { } taken)
                throw new MeshException(ErrorKind.Conflict, $"Somebody else's flow on {bridge.Name} has the same priority and match: {foreign[taken.Key].Text}", taken.Text,
                    "Use another priority, or remove that flow where it was made; flows of others are never replaced.");
            var wanted = bridge.Wanted.ToDictionary(w => w.Key);
            DumpedFlow[] removed = [.. ours.Where(o => !wanted.ContainsKey(o.Key)).Select(o => o.Value)];
            WantedFlow[] put = [.. bridge.Wanted.Where(w => !ours.TryGetValue(w.Key, out var there) || there.Flow.Actions != w.Flow.Actions || there.Cookie != FlowCookie.Of(w.Key))];
            if (removed.Length + put.Length == 0) continue;
            var added = put.Count(w => !ours.ContainsKey(w.Key));
            steps.Add(new(
                new(Name, $"flows of {bridge.Name}", Summary(bridge.Name, added, put.Length - added, removed.Length), Details:
                [
                    .. removed.Select(r => $"- {new PortNames(bridge.Ofports, bridge.Adapters).In(r.Flow.ToString())}"),
                    .. put.Select(w => $"{(ours.ContainsKey(w.Key) ? '~' : '+')} {w.Text}"),
                ]),
                ct => ofctl.BundleAsync(bridge.Name,
                [
                    .. removed.Select(r => r.Flow.DeleteStrictLine(r.Cookie)),
                    .. put.Select(w => w.Flow.AddLine(FlowCookie.Of(w.Key))),
                ], ct),
                Teardown: put.Length == 0)
            {
                // Over a bridge that is not there yet nobody comes in.
                Touches = bridge.Exists ? [new Touch.Flows(bridge.Name, [.. bridge.OnSwitch.Select(f => f.Flow)], [.. foreign.Values.Select(f => f.Flow), .. bridge.Wanted.Select(w => w.Flow)], Changed(ours, removed, put))] : [],
            });
        }
        return steps;
    }

    /// <summary>As they were and as they will be; what only gets our cookie anew does not count.</summary>
    static IReadOnlyList<CanonicalFlow> Changed(Dictionary<FlowKey, DumpedFlow> ours, DumpedFlow[] removed, WantedFlow[] put) =>
    [
        .. removed.Select(r => r.Flow),
        .. from w in put
           let there = ours.GetValueOrDefault(w.Key)?.Flow
           where there?.Actions != w.Flow.Actions
           from flow in there is null ? [w.Flow] : (CanonicalFlow[])[there, w.Flow]
           select flow,
    ];

    protected override IReadOnlyList<Edit> Adopt(NodeState desired, ObservedFlows observed)
    {
        var edits = new List<Edit>();
        foreach (var bridge in observed.Bridges.Where(b => b.Exists))
        {
            var names = new PortNames(bridge.Ofports, bridge.Adapters);
            var ours = bridge.OnSwitch.Where(f => FlowCookie.IsOurs(f.Cookie)).ToDictionary(f => f.Flow.Key);
            var wanted = bridge.Wanted.ToDictionary(w => w.Key);
            edits.AddRange(bridge.Wanted.Where(w => !ours.ContainsKey(w.Key)).Select(w => new DeleteFlow(w.Text, bridge.Name)));
            edits.AddRange(ours.Values.Where(o => !wanted.ContainsKey(o.Flow.Key)).Select(o => new AddFlow(names.In(o.Flow.ToString()), bridge.Name)));
            // In the author's words for the match, so that it stays the same flow of the state.
            edits.AddRange(from o in ours.Values
                           where wanted.TryGetValue(o.Flow.Key, out var w) && w.Flow.Actions != o.Flow.Actions
                           select new AddFlow((FlowText.Parse(wanted[o.Flow.Key].Text) with { Actions = FlowText.Parse(names.In(o.Flow.ToString())).Actions }).ToString(), bridge.Name));
        }
        return edits;
    }

    protected override OpenflowSection? Section(NodeState state) => state.Openflow;

    protected override NodeState With(NodeState state, OpenflowSection? section) => state with { Openflow = section };

    async Task<IReadOnlyList<WantedFlow>> WantedAsync(NodeState desired, string bridge, IReadOnlyDictionary<string, int> ofports, List<Problem> problems, CancellationToken ct)
    {
        if (desired.Openflow?.Bridges.GetValueOrDefault(bridge)?.Flows is not { Count: > 0 } texts) return [];
        var compiled = new List<string>();
        for (var i = 0; i < texts.Count; i++)
            if (FlowText.Read(texts[i], PathOf(bridge, i), problems)?.Compile(ofports, BridgeLayout.AdaptersOf(desired), PathOf(bridge, i), problems) is { } spec)
                compiled.Add(spec.ToString());
        if (problems.Count > 0) return [];
        var wanted = (await CanonicalAsync(compiled, ct)).Select((flow, i) => new WantedFlow(flow, texts[i])).ToList();
        foreach (var twice in wanted.GroupBy(w => w.Key).Where(g => g.Count() > 1))
            problems.Add(new($"openflow.bridges.{bridge}.flows", $"These are the same flow to the switch: {string.Join(" and ", twice.Select(t => t.Text))}"));
        return wanted;
    }

    /// <summary>The switch's own words for a flow never change, so each flow is asked for once.</summary>
    async Task<IReadOnlyList<CanonicalFlow>> CanonicalAsync(IReadOnlyList<string> flows, CancellationToken ct)
    {
        string[] unknown = [.. flows.Where(f => !_canonical.ContainsKey(f)).Distinct()];
        if (unknown.Length > 0)
        {
            if (_canonical.Count > MostRemembered) _canonical.Clear();
            string[] asked = _canonical.IsEmpty ? [.. flows.Distinct()] : unknown;
            var answers = await ofctl.CanonicalAsync(asked, ct);
            for (var i = 0; i < asked.Length; i++) _canonical[asked[i]] = answers[i];
        }
        return [.. flows.Select(f => _canonical[f])];
    }

    static string PathOf(string bridge, int index) => $"openflow.bridges.{bridge}.flows[{index}]";

    static string Summary(string bridge, int added, int changed, int removed) => $"flows of {bridge}: " + string.Join(", ",
        new[] { (added, "added"), (changed, "changed"), (removed, "removed") }.Where(c => c.Item1 > 0).Select(c => $"{c.Item1} {c.Item2}"));
}
