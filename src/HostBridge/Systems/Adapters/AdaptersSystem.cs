using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Engine;
using MeshMcp.HostBridge.Host;
using MeshMcp.HostBridge.Network;

namespace MeshMcp.HostBridge.Systems.Adapters;

/// <summary>
/// Joins layer-3 tunnels to the bridge: policy rules, two routing tables, address, neighbour and settings of each adapter's port. The port itself is the
/// bridge's, the tunnel somebody else's, who may take it away and bring it back: the routes follow it, and while it is gone nothing passes.
/// </summary>
public sealed class AdaptersSystem(Iproute ip) : HostSystem<AdapterSet, ObservedAdapters>
{
    /// <summary>Tables and preferences that adapters can have.</summary>
    const int FirstTable = BridgeAdapter.FirstTable + 2, LastTable = BridgeAdapter.FirstTable + 2 * BridgeAdapter.Most + 1;

    public override string Name => "adapters";

    public override async Task<ObservedAdapters> ObserveAsync(NodeState desired, CancellationToken ct) =>
        new(await ip.ReadAsync(ct), Settings((AdapterSet.Of(desired)?.Adapters ?? []).SelectMany(AdapterPlan.SettingsOf).Distinct()));

    /// <summary>The section of the bridge says which adapters there were.</summary>
    public override AdapterSet? Ours(ObservedAdapters observed) => null;

    public override IEnumerable<Problem> Validate(NodeState desired)
    {
        var set = AdapterSet.Of(desired)!;
        foreach (var adapter in set.Adapters)
        {
            if (adapter.Exit is not { } exit) continue;
            if (exit == adapter.Tunnel) yield return new($"bridge.adapters.{adapter.Tunnel}.exit", $"{exit} cannot be its own exit.");
            else if (adapter.Clients is null) yield return new($"bridge.adapters.{adapter.Tunnel}.exit", "Only a tunnel with a network of clients has an exit for them.");
        }
    }

    public override IReadOnlyList<Finding> Findings(AdapterSet? desired, ObservedAdapters observed)
    {
        var findings = new List<Finding>();
        foreach (var adapter in desired?.Adapters ?? [])
        {
            var path = $"bridge.adapters.{adapter.Tunnel}";
            if (observed.Ip.Device(adapter.Tunnel) is not { } tunnel)
                findings.Add(new("waiting", path, $"There is no tunnel device {adapter.Tunnel} on this node yet; until it comes up nothing passes {adapter.Port}."));
            else if (tunnel.IsEthernet)
                findings.Add(new("warning", path, $"{adapter.Tunnel} is an Ethernet device, no layer-3 tunnel: nothing passes {adapter.Port}."));
            else if (!tunnel.Up)
                findings.Add(new("waiting", path, $"The tunnel device {adapter.Tunnel} is down; until it is up nothing passes {adapter.Port}."));
            if (adapter.Exit is { } exit && desired!.Adapters.All(a => a.Tunnel != exit))
                findings.Add(new("waiting", $"{path}.exit", $"There is no tunnel {exit} on the bridge: the clients of {adapter.Tunnel} reach the containers only."));
        }
        if (desired is { Network: null, Adapters.Count: > 0 })
            findings.Add(new("waiting", "bridge.address", "The bridge has no address, so nothing that comes in by a tunnel finds the containers."));
        return findings;
    }

    public override IReadOnlyList<Step> Plan(AdapterSet? desired, ObservedAdapters observed)
    {
        var set = desired ?? new(null, []);
        var steps = new List<Step>();
        if (Stale(set, observed.Ip) is { Count: > 0 } stale)
            steps.Add(new(new(Name, "routes", "remove the rules and routes of tunnels that have no adapter any more", Details: [.. stale]), ct => ip.RunAsync(stale, ct), Teardown: true)
            {
                Touches = [.. StaleRules(set, observed.Ip).Select(r => r.Iif).OfType<string>().Select(d => new Touch.Routes(d, Removed: true))],
            });
        foreach (var adapter in set.Adapters)
        {
            var plan = new AdapterPlan(adapter, set, observed);
            if (Taken(adapter, plan, observed.Ip) is { } taken)
            {
                steps.Add(Step.Blocked(Name, $"bridge.adapters[{adapter.Tunnel}]", taken));
                continue;
            }
            var (lines, settings) = (plan.Lines(), plan.Settings());
            // Its port comes with the same change, and needs all the rest then.
            if (lines.Count + settings.Count == 0 && plan.Port is not null) continue;
            var known = observed.Ip.Rules.Any(plan.Rules.Contains);
            steps.Add(new(
                new(Name, $"adapter {adapter.Tunnel}", known ? $"put right the way between the bridge and {adapter.Tunnel}" : $"join {adapter.Tunnel} to the bridge by {adapter.Port}",
                    Details: [.. lines, .. settings.Select(s => $"{s.Key} = {s.Value}")]),
                ct => RunAsync(adapter, set, ct))
            {
                Item = $"bridge.adapters[{adapter.Tunnel}]",
                Touches = [new Touch.Routes(adapter.Tunnel)],
            });
        }
        return steps;
    }

    protected override AdapterSet? Section(NodeState state) => AdapterSet.Of(state);

    protected override NodeState With(NodeState state, AdapterSet? section) => state;

    protected override string Asked(NodeState state) => AdapterSet.Of(state) is { } set ? $"{set.Network} {string.Join(' ', set.Adapters)}" : "";

    /// <summary>Looks anew: the port, and perhaps the tunnel, were made after the plan. Settings come first, before the port answers anybody.</summary>
    async Task RunAsync(BridgeAdapter adapter, AdapterSet set, CancellationToken ct)
    {
        var plan = new AdapterPlan(adapter, set, new(await ip.ReadAsync(ct), Settings(AdapterPlan.SettingsOf(adapter))));
        foreach (var (key, value) in plan.Settings()) await Sysctl.SetAsync(key, value, ct);
        await ip.RunAsync(plan.Lines(), ct);
    }

    static Dictionary<string, string> Settings(IEnumerable<string> keys) =>
        keys.Select(k => (Key: k, Value: Sysctl.Find(k))).Where(s => s.Value is not null).ToDictionary(s => s.Key, s => s.Value!);

    static List<string> Stale(AdapterSet set, IpView view)
    {
        var tables = set.Adapters.SelectMany<BridgeAdapter, int>(a => [a.OutTable, a.InTable]).ToHashSet();
        return
        [
            .. StaleRules(set, view).Select(AdapterPlan.DeleteRule),
            .. view.Routes.Where(r => r.Table is >= FirstTable and <= LastTable && !tables.Contains(r.Table)).Select(r => $"route delete {r}"),
        ];
    }

    static IEnumerable<IpRule> StaleRules(AdapterSet set, IpView view)
    {
        var wanted = set.Adapters.SelectMany<BridgeAdapter, (int, string)>(a => [(a.OutTable, a.Port), (a.InTable, a.Tunnel)]).ToHashSet();
        return view.Rules.Where(r => r.Ours && r.Priority is >= FirstTable and <= LastTable && !wanted.Contains((r.Priority, r.Iif ?? "")));
    }

    /// <summary>Only what is new is refused: an adapter that stands goes on being looked after.</summary>
    static MeshException? Taken(BridgeAdapter adapter, AdapterPlan plan, IpView view)
    {
        if (view.Rules.Any(plan.Rules.Contains)) return null;
        if (view.Device(adapter.Tunnel) is { IsEthernet: true })
            return new(ErrorKind.Conflict, $"{adapter.Tunnel} is an Ethernet device, no layer-3 tunnel, so it can have no adapter.", $"bridge.adapters.{adapter.Tunnel}",
                "Make it a port of the bridge (bridge.ports), or use the name of a WireGuard or other layer-3 device.");
        return view.Rules.FirstOrDefault(r => !r.Ours && (plan.Rules.Any(w => w.Priority == r.Priority) || plan.Rules.Any(w => w.Table == r.Table))) is { } taken
            ? new(ErrorKind.Conflict, $"Rule {taken.Priority} of this node's policy routing (lookup {taken.Table}) is somebody else's; the adapter of {adapter.Tunnel} needs {adapter.OutTable} and {adapter.InTable}.",
                $"bridge.adapters.{adapter.Tunnel}", $"Give the adapter another number, or remove that rule where it was made (ip rule show pref {taken.Priority}).")
            : null;
    }
}
