using System.Text.Json.Serialization;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.State;

namespace MeshMcp.Contracts.Edits;

[JsonDerivedType(typeof(PutPort), "putPort")]
[JsonDerivedType(typeof(RemovePort), "removePort")]
public abstract partial record Edit;

/// <summary>Adds a port to the bridge's own list, or gives the one of that name other settings. Ports of containers and tunnels follow from these.</summary>
public sealed record PutPort(BridgePort Port) : Edit
{
    [JsonIgnore] public override string Section => "bridge";
    [JsonIgnore] public override string Item => BridgePorts.ItemOf(Port.Name);

    public override NodeState Apply(NodeState state) => BridgePorts.With(state, all => ItemList.Put(all, Port, p => p.Name == Port.Name, MeshJson.Default.BridgePort));

    public override string Describe() => $"put port {Port.Name}";
}

public sealed record RemovePort(string Name) : Edit
{
    [JsonIgnore] public override string Section => "bridge";
    [JsonIgnore] public override string Item => BridgePorts.ItemOf(Name);

    public override NodeState Apply(NodeState state) => BridgePorts.With(state, all => ItemList.Remove(all, p => p.Name == Name));

    public override string Describe() => $"remove port {Name}";
}

static class BridgePorts
{
    public static string ItemOf(string name) => $"bridge.ports[{name}]";

    public static NodeState With(NodeState state, Func<IReadOnlyList<BridgePort>, IReadOnlyList<BridgePort>> change)
    {
        var bridge = state.Bridge ?? new() { Name = BridgeLayout.NameOf(state) };
        var after = change(bridge.Ports);
        return ReferenceEquals(after, bridge.Ports) ? state : state with { Bridge = bridge with { Ports = after } };
    }
}
