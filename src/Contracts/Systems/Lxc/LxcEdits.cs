using System.Text.Json.Serialization;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.State;

namespace MeshMcp.Contracts.Edits;

[JsonDerivedType(typeof(CreateContainer), "createContainer")]
[JsonDerivedType(typeof(SetContainerRunning), "setContainerRunning")]
[JsonDerivedType(typeof(DeleteContainer), "deleteContainer")]
public abstract partial record Edit;

/// <summary>Adds a container, or gives the one with the same id other settings. A request may leave the address to the node.</summary>
public sealed record CreateContainer(Container Container) : Edit
{
    [JsonIgnore] public override string Section => "lxc";
    [JsonIgnore] public override string Item => Containers.ItemOf(Container.Id);

    public override NodeState Apply(NodeState state) => Containers.With(state, all => ItemList.Put(all, Container, c => c.Id == Container.Id, MeshJson.Default.Container));

    public override string Describe() => $"create container {Container.Id}";
}

/// <summary>Starts or stops a container.</summary>
public sealed record SetContainerRunning(string Id, bool Running) : Edit
{
    [JsonIgnore] public override string Section => "lxc";
    [JsonIgnore] public override string Item => Containers.ItemOf(Id) + ".running";

    public override NodeState Apply(NodeState state) => Containers.With(state, all =>
        all.Any(c => c.Id == Id && c.Running != Running) ? [.. all.Select(c => c.Id == Id ? c with { Running = Running } : c)] : all);

    public override string? Misfit(NodeState state) => Containers.Of(state).Any(c => c.Id == Id) ? null : $"there is no container {Id}";

    public override string Describe() => $"{(Running ? "start" : "stop")} container {Id}";
}

/// <summary>Takes a container away; its files stay in the trash for a while.</summary>
public sealed record DeleteContainer(string Id) : Edit
{
    [JsonIgnore] public override string Section => "lxc";
    [JsonIgnore] public override string Item => Containers.ItemOf(Id);

    public override NodeState Apply(NodeState state) => Containers.With(state, all => ItemList.Remove(all, c => c.Id == Id));

    public override string Describe() => $"delete container {Id}";
}

static class Containers
{
    public static string ItemOf(string id) => $"lxc.containers[{id}]";

    public static IReadOnlyList<Container> Of(NodeState state) => state.Lxc?.Containers ?? [];

    public static NodeState With(NodeState state, Func<IReadOnlyList<Container>, IReadOnlyList<Container>> change)
    {
        var before = Of(state);
        var after = change(before);
        return ReferenceEquals(after, before) ? state : state with { Lxc = new() { Containers = after } };
    }
}
