using System.Collections.Concurrent;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Flows;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Engine;
using MeshMcp.HostBridge.OpenVSwitch;

namespace MeshMcp.HostBridge.Systems.Openflow;

/// <summary>The section <c>openflow</c>: flows by bridge. Ours carry our cookie; others' are never touched.</summary>
public sealed class OpenflowSystem(OvsdbConnection database, Ofctl ofctl) : HostSystem<OpenflowSection, ObservedOpenflow>
{
    const int MostRemembered = 50_000;

    volatile ConcurrentDictionary<string, CanonicalFlow> _canonical = new();

    public override string Name => "openflow";

    public override async Task<ObservedOpenflow> ObserveAsync(NodeState desired, CancellationToken ct)
    {
        var state = database.State;
        var switches = state.Bridges;
        var tables = new List<BridgeTable>();
        var layout = BridgeLayout.Of(desired);
        // On a bridge of somebody else nothing is ours, whatever its flows look like.
        foreach (var name in switches.Where(b => Mark.IsOn(b.ExternalIds) || b.Name == layout?.Name).Select(b => b.Name).Union(desired.Openflow?.Bridges.Keys ?? []).Order(StringComparer.Ordinal))
        {
            var ofports = PortNumber.ByName(desired, state, name);
            var (wanted, unfit) = await WantedAsync(desired, name, ofports, ct);
            var exists = switches.Any(b => b.Name == name);
            tables.Add(new(name, exists, exists ? await ofctl.DumpFlowsAsync(name, ct) : [], wanted, ofports, BridgeLayout.AdaptersOf(desired), layout?.Name == name ? layout.Address : null) { Unfit = unfit });
        }
        return new(tables);
    }

    public override OpenflowSection? Ours(ObservedOpenflow observed)
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
        DeleteFlow delete => delete with { Flow = OpenflowChoice.Only(delete.Flow, FlowTable.Of(state, delete.Bridge)), Bridge = FlowTable.BridgeOf(state, delete.Bridge) },
        _ => edit,
    };

    public override IReadOnlyList<Finding> Findings(OpenflowSection? desired, ObservedOpenflow observed) => [.. observed.Bridges.SelectMany(ForeignFlows.On)];

    public override IReadOnlyList<Step> Plan(OpenflowSection? desired, ObservedOpenflow observed)
    {
        var steps = new List<Step>();
        foreach (var bridge in observed.Bridges)
        {
            var ours = bridge.OnSwitch.Where(f => FlowCookie.IsOurs(f.Cookie)).ToDictionary(f => f.Flow.Key);
            var foreign = bridge.OnSwitch.Where(f => !FlowCookie.IsOurs(f.Cookie)).ToDictionary(f => f.Flow.Key);
            steps.AddRange(bridge.Unfit.Select(u => Step.Blocked(Name, ItemOf(bridge.Name, u.Text), u.Why)));
            steps.AddRange(bridge.Wanted.Where(w => foreign.ContainsKey(w.Key)).Select(taken => Step.Blocked(Name, ItemOf(bridge.Name, taken.Text),
                new(ErrorKind.Conflict, $"Somebody else's flow on {bridge.Name} has the same priority and match: {foreign[taken.Key].Text}", taken.Text,
                    "Use another priority, or remove that flow where it was made; flows of others are never replaced."))));
            var wanted = bridge.Wanted.ToDictionary(w => w.Key);
            DumpedFlow[] removed = [.. ours.Where(o => !wanted.ContainsKey(o.Key) && !bridge.Unfit.Any(u => u.MayBe(o.Key))).Select(o => o.Value)];
            WantedFlow[] put = [.. bridge.Wanted.Where(w => !foreign.ContainsKey(w.Key) && (!ours.TryGetValue(w.Key, out var there) || there.Flow.Actions != w.Flow.Actions || there.Cookie != FlowCookie.Of(w.Key)))];
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
                Touches = bridge.Exists ? [new Touch.Flows([.. bridge.OnSwitch.Select(f => f.Flow)], [.. foreign.Values.Select(f => f.Flow), .. bridge.Wanted.Select(w => w.Flow)], Changed(ours, removed, put))] : [],
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

    protected override IReadOnlyList<Edit> Adopt(NodeState desired, ObservedOpenflow observed)
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

    /// <summary>Names in flows are compiled to the numbers of ports and to the adapters of tunnels.</summary>
    protected override string Asked(NodeState state) =>
        $"{base.Asked(state)} {(state.Openflow is null ? "" : string.Join(' ', (BridgeLayout.Of(state)?.Ports ?? []).Select(p => $"{p.Name}={PortNumber.Of(p)}").Concat(BridgeLayout.AdaptersOf(state).Values.Select(a => $"{a}"))))}";

    /// <summary>The flows of a desired state that can be on the switch, in its words.</summary>
    public async Task<IReadOnlyList<WantedFlow>> WantedAsync(NodeState desired, string bridge, CancellationToken ct) =>
        (await WantedAsync(desired, bridge, PortNumber.ByName(desired, database.State, bridge), ct)).Wanted;

    async Task<(IReadOnlyList<WantedFlow> Wanted, IReadOnlyList<UnfitFlow> Unfit)> WantedAsync(NodeState desired, string bridge, IReadOnlyDictionary<string, int> ofports, CancellationToken ct)
    {
        if (desired.Openflow?.Bridges.GetValueOrDefault(bridge)?.Flows is not { Count: > 0 } texts) return ([], []);
        var (compiled, unfit) = (new List<(string Compiled, string Text)>(), new List<UnfitFlow>());
        var adapters = BridgeLayout.AdaptersOf(desired);
        for (var i = 0; i < texts.Count; i++)
        {
            var problems = new List<Problem>();
            var read = FlowText.Read(texts[i], PathOf(bridge, i), problems);
            if (read?.Compile(ofports, adapters, PathOf(bridge, i), problems) is { } spec && problems.Count == 0) compiled.Add((spec.ToString(), texts[i]));
            else unfit.Add(new(texts[i], read, new(new MeshError(ErrorKind.InvalidArgument, problems[0].Message, problems[0].Path, "Correct the flow, or delete it before what it names.", problems))));
        }
        var wanted = (await CanonicalAsync([.. compiled.Select(c => c.Compiled)], ct)).Select((flow, i) => new WantedFlow(flow, compiled[i].Text)).ToList();
        foreach (var twice in wanted.GroupBy(w => w.Key).Where(g => g.Count() > 1).ToList())
        {
            var words = $"These are the same flow to the switch: {string.Join(" and ", twice.Select(t => t.Text))}";
            unfit.AddRange(twice.Select(t => new UnfitFlow(t.Text, FlowText.Parse(t.Text), new(ErrorKind.InvalidArgument, words, $"openflow.bridges.{bridge}.flows", "Delete one of them."))));
            wanted.RemoveAll(w => w.Key == twice.Key);
        }
        return (wanted, unfit);
    }

    /// <summary>The switch's own words for a flow never change, so each flow is asked for once.</summary>
    async Task<IReadOnlyList<CanonicalFlow>> CanonicalAsync(IReadOnlyList<string> flows, CancellationToken ct)
    {
        // Another plan may put a new one in its place meanwhile.
        var known = _canonical;
        string[] unknown = [.. flows.Where(f => !known.ContainsKey(f)).Distinct()];
        if (unknown.Length > 0)
        {
            if (known.Count > MostRemembered)
            {
                _canonical = known = new();
                unknown = [.. flows.Distinct()];
            }
            var answers = await ofctl.CanonicalAsync(unknown, ct);
            for (var i = 0; i < unknown.Length; i++) known[unknown[i]] = answers[i];
        }
        return [.. flows.Select(f => known[f])];
    }

    static string ItemOf(string bridge, string flow) => $"openflow.bridges.{bridge}.flows[{FlowTable.KeyOf(flow)}]";

    static string PathOf(string bridge, int index) => $"openflow.bridges.{bridge}.flows[{index}]";

    static string Summary(string bridge, int added, int changed, int removed) => $"flows of {bridge}: " + string.Join(", ",
        new[] { (added, "added"), (changed, "changed"), (removed, "removed") }.Where(c => c.Item1 > 0).Select(c => $"{c.Item1} {c.Item2}"));
}
