using System.Text.Json.Serialization;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.State;

namespace MeshMcp.Contracts.Edits;

[JsonDerivedType(typeof(CreateContainer), "createContainer")]
[JsonDerivedType(typeof(UpdateContainer), "updateContainer")]
[JsonDerivedType(typeof(SetContainerRunning), "setContainerRunning")]
[JsonDerivedType(typeof(DeleteContainer), "deleteContainer")]
public abstract partial record Edit;

/// <summary>Adds a container, or gives the one with the same id other settings. A request may leave the address to the node.</summary>
/// <param name="Restore">Where the trash has the same container: its files come back, or it starts without them and they stay there. Such a request is refused without a word on it.</param>
public sealed record CreateContainer(Container Container, bool? Restore = null) : Edit
{
    [JsonIgnore] public override string Section => "lxc";
    [JsonIgnore] public override string Item => Containers.ItemOf(Container.Id);

    public override NodeState Apply(NodeState state) => Containers.With(state, all => ItemList.Put(all, Container, c => c.Id == Container.Id, MeshJson.Default.Container));

    public override string Describe() => $"create container {Container.Id}";
}

/// <summary>Gives a container that is there other settings and leaves the rest of it as it is.</summary>
/// <param name="Id">A request may give the name.</param>
/// <param name="Container">The whole container with the change, which the node fills in.</param>
public sealed record UpdateContainer([property: JsonRequired] string Id, [property: JsonRequired] ContainerChange Change, Container? Container = null) : Edit
{
    [JsonIgnore] public override string Section => "lxc";
    /// <summary>Beneath the container: what made it goes on counting, and so does whether it runs.</summary>
    [JsonIgnore] public override string Item => Containers.ItemOf(Id) + ".properties";

    public override NodeState Apply(NodeState state) =>
        Container is null || Containers.Of(state).FirstOrDefault(c => c.Id == Id) is not { } there ? state
            : Containers.With(state, all => ItemList.Put(all, there with { Properties = Container.Properties }, c => c.Id == Id, MeshJson.Default.Container));

    public override string? Misfit(NodeState state) => Containers.Misfit(state, Id);

    public override string Describe() => $"change {string.Join(", ", Change.Names())} of container {Id}";
}

/// <summary>Settings of a container that become others; what is left out stays.</summary>
public sealed record ContainerChange
{
    /// <summary>Host name.</summary>
    public string? Name { get; init; }
    /// <summary>With its prefix length, <c>10.1.0.200/24</c>.</summary>
    public string? Address { get; init; }
    /// <summary>Name servers, IPv4, in the place of those there are.</summary>
    public IReadOnlyList<string>? Dns { get; init; }
    /// <summary>Those that are given; the others stay.</summary>
    public ContainerLimits? Limits { get; init; }
    /// <summary>In the place of those there are.</summary>
    public IReadOnlyList<ContainerService>? Services { get; init; }
    /// <inheritdoc cref="Services"/>
    public IReadOnlyList<ContainerFile>? Files { get; init; }

    /// <summary>Of what it changes.</summary>
    public IEnumerable<string> Names() => new[]
    {
        Name is null ? null : "name", Address is null ? null : "address", Dns is null ? null : "dns",
        Limits is null ? null : "limits", Services is null ? null : "services", Files is null ? null : "files",
    }.OfType<string>();

    public ContainerProperties In(ContainerProperties there) => there with
    {
        Name = Name ?? there.Name,
        Ipv4Address = Address ?? there.Ipv4Address,
        Dns = Dns ?? there.Dns,
        Limits = Limits is null ? there.Limits : (there.Limits ?? new()).With(Limits),
        Services = Services ?? there.Services,
        Files = Files ?? there.Files,
    };
}

/// <summary>Starts or stops a container.</summary>
public sealed record SetContainerRunning(string Id, bool Running) : Edit
{
    [JsonIgnore] public override string Section => "lxc";
    [JsonIgnore] public override string Item => Containers.ItemOf(Id) + ".running";

    public override NodeState Apply(NodeState state) => Containers.With(state, all =>
        all.Any(c => c.Id == Id && c.Running != Running) ? [.. all.Select(c => c.Id == Id ? c with { Running = Running } : c)] : all);

    public override string? Misfit(NodeState state) => Containers.Misfit(state, Id);

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

    public static string? Misfit(NodeState state, string id) => Of(state).Any(c => c.Id == id) ? null : $"there is no container {id}";

    public static NodeState With(NodeState state, Func<IReadOnlyList<Container>, IReadOnlyList<Container>> change)
    {
        var before = Of(state);
        var after = change(before);
        return ReferenceEquals(after, before) ? state : state with { Lxc = new() { Containers = after } };
    }
}
