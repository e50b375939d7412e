using System.Text.Json.Serialization;
using MeshMcp.Contracts.State;

namespace MeshMcp.Contracts.Edits;

/// <summary>Adds a container, or gives the one with the same id other settings. A request may leave the address to the node.</summary>
public sealed record CreateContainer(Container Container) : Edit
{
    [JsonIgnore] public override string Section => "lxc";

    public override NodeState Apply(NodeState state) => Containers.With(state, all => [.. all.Where(c => c.Id != Container.Id), Container]);

    public override string Describe() => $"create container {Container.Id}";
}

/// <summary>Starts or stops a container.</summary>
public sealed record SetContainerRunning(string Id, bool Running) : Edit
{
    [JsonIgnore] public override string Section => "lxc";

    public override NodeState Apply(NodeState state) => Containers.With(state, all => [.. all.Select(c => c.Id == Id ? c with { Running = Running } : c)]);

    public override string Describe() => $"{(Running ? "start" : "stop")} container {Id}";
}

/// <summary>Takes a container away; its files stay in the trash for a while.</summary>
public sealed record DeleteContainer(string Id) : Edit
{
    [JsonIgnore] public override string Section => "lxc";

    public override NodeState Apply(NodeState state) => Containers.With(state, all => [.. all.Where(c => c.Id != Id)]);

    public override string Describe() => $"delete container {Id}";
}

static class Containers
{
    public static NodeState With(NodeState state, Func<IReadOnlyList<Container>, IReadOnlyList<Container>> change) =>
        state with { Lxc = new() { Containers = change(state.Lxc?.Containers ?? []) } };
}
