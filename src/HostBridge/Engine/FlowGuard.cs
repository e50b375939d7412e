using System.Text.RegularExpressions;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Flows;
using MeshMcp.HostBridge.OpenVSwitch;

namespace MeshMcp.HostBridge.Engine;

/// <summary>Asks of each class of management packets where it goes by the whole table, before a change and after it. Pure.</summary>
sealed partial class FlowGuard
{
    readonly FlowMatch _before, _after;
    readonly IReadOnlyList<(PacketClass Before, PacketClass After)> _classes;
    /// <summary>A match is read once for all classes: a table may have ten thousand of them.</summary>
    readonly Dictionary<string, IReadOnlyList<FlowField>?> _fields = [];

    public FlowGuard(ManagementPaths paths)
    {
        _before = new(paths.Bridge?.Address, AddressesOf(paths.Serving), paths.MeshNetworks);
        _after = new(paths.BridgeAfter?.Address, AddressesOf(paths.ServingAfter), paths.MeshNetworks);
        _classes = PacketClass.Of(paths);

        static string[] AddressesOf(IEnumerable<Contracts.State.Container> containers) => [.. containers.Select(c => c.Properties.Ipv4Address?.Split('/')[0]).OfType<string>()];
    }

    public IEnumerable<PathTouch> Of(Touch.Flows flows)
    {
        if (_classes.Count == 0 || flows.Changed.Count == 0) yield break;
        var jumps = Jumps(flows.Before.Concat(flows.After));
        CanonicalFlow[] changed = [.. flows.Changed.Where(f => jumps.Tables.Contains(f.Key.Table))];
        foreach (var (was, will) in _classes)
        {
            // Most changes are about other packets, and to see that costs least.
            if (!changed.Any(f => _before.Of(FieldsOf(f), was, jumps.Ports) != Catch.None || _after.Of(FieldsOf(f), will, jumps.Ports) != Catch.None)) continue;
            var (old, now) = (Met(flows.Before, was, _before, jumps.Ports), Met(flows.After, will, _after, jumps.Ports));
            // Where nothing came through there is nothing to lose.
            if (old.All(m => m.Way == Way.Dropped)) continue;
            if (will.Certain && !Lost(old) && Lost(now))
                yield return new(was.Path, true, now.Count == 0 ? "no flow would carry it any more" : $"it would end at {now[^1].Flow}");
            else if (!old.Select(m => m.Flow).SequenceEqual(now.Select(m => m.Flow)))
                yield return new(was.Path, false, $"it may meet {(now.Concat(old).FirstOrDefault(m => flows.Changed.Contains(m.Flow)) is { Flow: { } flow } ? flow : now.FirstOrDefault().Flow)}");
            else if (changed.FirstOrDefault(f => f.Key.Table != 0 && _after.Of(FieldsOf(f), will, jumps.Ports) != Catch.None) is { } later && now.Any(m => m.Way == Way.Unknown))
                yield return new(was.Path, false, $"it may meet {later}");
        }
    }

    /// <summary>The flows of the first table that packets of the class can meet, in the order in which they would.</summary>
    List<(CanonicalFlow Flow, Way Way)> Met(IReadOnlyList<CanonicalFlow> table, PacketClass packets, FlowMatch match, bool anyPort)
    {
        var met = new List<(CanonicalFlow, Way)>();
        foreach (var same in table.Where(f => f.Key.Table == 0).GroupBy(f => f.Key.Priority).OrderByDescending(g => g.Key))
        {
            var all = false;
            // Which of two flows of one priority a packet meets is not defined.
            foreach (var flow in same.OrderBy(f => f.Key.Match, StringComparer.Ordinal))
            {
                var caught = match.Of(FieldsOf(flow), packets, anyPort);
                if (caught == Catch.None) continue;
                all |= caught == Catch.All;
                met.Add((flow, WayOf(flow, packets)));
            }
            if (all) break;
        }
        return met;
    }

    /// <summary>Null when it cannot be read.</summary>
    IReadOnlyList<FlowField>? FieldsOf(CanonicalFlow flow)
    {
        if (_fields.TryGetValue(flow.Key.Match, out var known)) return known;
        try
        {
            return _fields[flow.Key.Match] = FlowText.ParsePattern(flow.Key.Match).Fields;
        }
        catch (MeshException)
        {
            return _fields[flow.Key.Match] = null;
        }
    }

    /// <summary>Whatever it meets, it does not get there; the bridge drops what meets no flow.</summary>
    static bool Lost(List<(CanonicalFlow Flow, Way Way)> met) => met.All(m => m.Way is Way.Dropped or Way.Astray);

    static Way WayOf(CanonicalFlow flow, PacketClass packets)
    {
        if (flow.Actions == "drop") return Way.Dropped;
        IReadOnlyList<FlowAction> actions;
        try
        {
            actions = FlowText.Parse($"{(flow.Key.Match.Length > 0 ? $"{flow.Key.Match}," : "")}actions={flow.Actions}").Actions;
        }
        catch (MeshException)
        {
            return Way.Unknown;
        }
        return actions.Any(a => a is FlowAction.Resubmit or FlowAction.GotoTable || a is FlowAction.Other { Name: "ct" }) ? Way.Unknown
            : actions.OfType<FlowAction.Output>().Any(o => Leads(o.Port, packets)) ? Way.There
            : Way.Astray;
    }

    static bool Leads(string port, PacketClass packets) => port switch
    {
        "NORMAL" or "FLOOD" or "ALL" => true,
        FlowPort.Local => packets.To.Contains(PacketClass.Local),
        _ => int.TryParse(port, out var number) && packets.To.Contains(number),
    };

    /// <summary>Tables that packets can come to, and whether a flow gives them another port to come from.</summary>
    static (IReadOnlySet<int> Tables, bool Ports) Jumps(IEnumerable<CanonicalFlow> flows)
    {
        CanonicalFlow[] jumping = [.. flows.Where(f => f.Actions.Contains("table", StringComparison.Ordinal) || f.Actions.Contains("resubmit", StringComparison.Ordinal))];
        HashSet<int> tables = [0];
        for (var before = 0; before != tables.Count;)
        {
            before = tables.Count;
            foreach (var flow in jumping.Where(f => tables.Contains(f.Key.Table)))
                foreach (var match in Jump().Matches(flow.Actions).Cast<Match>()) tables.Add(int.Parse(match.Groups["table"].Value));
        }
        return (tables, jumping.Any(f => Renamed().IsMatch(f.Actions)));
    }

    /// <summary>Where a flow sends packets of a class.</summary>
    enum Way { Dropped, Astray, There, Unknown }

    [GeneratedRegex(@"(goto_table:|resubmit\([^,)]*,|table=)(?<table>[0-9]+)")]
    private static partial Regex Jump();

    [GeneratedRegex(@"resubmit:|resubmit\([^,)]+,")]
    private static partial Regex Renamed();
}
