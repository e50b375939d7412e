using System.Collections.Concurrent;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Flows;
using MeshMcp.Contracts.State;

namespace MeshMcp.Contracts.Edits;

/// <summary>The list of flows of one bridge inside a state.</summary>
public static class FlowTable
{
    const int MostRemembered = 50_000;

    /// <summary>Every edit asks for the key of every flow, and each flow's is always the same.</summary>
    static readonly ConcurrentDictionary<string, string> Keys = new();

    /// <summary>Identity of a flow: table, priority and match. A text that does not parse is its own identity, so that edits stay total.</summary>
    public static string KeyOf(string flow)
    {
        if (Keys.TryGetValue(flow, out var known)) return known;
        if (Keys.Count >= MostRemembered) Keys.Clear();
        return Keys[flow] = Read(flow);
    }

    /// <summary>Whether two texts say the same flow with the same actions.</summary>
    public static bool Same(string one, string other) => one == other || (Normal(one) is { } normal && normal == Normal(other));

    /// <summary>Where a flow stands among a state's items.</summary>
    public static string ItemOf(string flow, string? bridge) => $"openflow.bridges.{bridge ?? BridgeLayout.UsualName}.flows[{KeyOf(flow)}]";

    public static string BridgeOf(NodeState state, string? bridge) => bridge ?? BridgeLayout.NameOf(state);

    public static IReadOnlyList<string> Of(NodeState state, string? bridge) =>
        state.Openflow?.Bridges.GetValueOrDefault(BridgeOf(state, bridge))?.Flows ?? [];

    public static NodeState With(NodeState state, string? bridge, Func<IReadOnlyList<string>, IReadOnlyList<string>> change)
    {
        var before = Of(state, bridge);
        var flows = change(before);
        if (ReferenceEquals(flows, before)) return state;
        var bridges = new SortedDictionary<string, BridgeFlows>(StringComparer.Ordinal);
        foreach (var (name, table) in state.Openflow?.Bridges ?? new Dictionary<string, BridgeFlows>()) bridges[name] = table;
        bridges[BridgeOf(state, bridge)] = new() { Flows = flows };
        return state with { Openflow = new() { Bridges = bridges } };
    }

    static string Read(string flow) => Parsed(flow)?.MatchKey ?? flow;

    static string? Normal(string flow) => Parsed(flow)?.ToString();

    static FlowSpec? Parsed(string flow)
    {
        try
        {
            return FlowText.Parse(flow);
        }
        catch (MeshException)
        {
            return null;
        }
    }
}
