using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using MeshMcp.Contracts.Json;

namespace MeshMcp.Contracts.State;

/// <summary>Sections of states by their names. Pure.</summary>
public static class StateSections
{
    /// <summary>Asked for again and again of the same state.</summary>
    static readonly ConditionalWeakTable<NodeState, NodeState> ManagedParts = [];

    /// <summary>Names of those that are there.</summary>
    public static IEnumerable<string> Of(NodeState state) => MeshJson.Default.NodeState.Properties.Where(p => NodeState.Sections.Contains(p.Name) && p.Get!(state) is not null).Select(p => p.Name);

    /// <summary>These sections of a state alone.</summary>
    public static NodeState Only(NodeState state, IReadOnlyCollection<string> names) => names.Count == 0 ? new()
        : Read(new([.. Json(state).Where(s => names.Contains(s.Key)).Select(s => KeyValuePair.Create(s.Key, s.Value?.DeepClone()))]));

    /// <summary>A state with the sections that it lacks and the other has.</summary>
    public static NodeState With(NodeState state, NodeState other)
    {
        if (!Of(other).Except(Of(state)).Any()) return state;
        var all = Json(state);
        foreach (var (name, section) in Json(other))
            if (NodeState.Sections.Contains(name) && all[name] is null) all[name] = section?.DeepClone();
        return Read(all);
    }

    internal static NodeState Managed(NodeState state) =>
        ManagedParts.GetValue(state, s => Only(s, [.. Of(s).Where(n => s.ModeOf(n) != DriftMode.Unmanaged)]) with { Modes = s.Modes });

    static JsonObject Json(NodeState state) => JsonSerializer.SerializeToNode(state, MeshJson.Default.NodeState)!.AsObject();

    static NodeState Read(JsonObject state) => state.Deserialize(MeshJson.Default.NodeState)!;
}
