using System.Text.Json.Serialization;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.State;

namespace MeshMcp.Contracts.Edits;

[JsonDerivedType(typeof(PublishPort), "publishPort")]
[JsonDerivedType(typeof(UnpublishPort), "unpublishPort")]
public abstract partial record Edit;

/// <summary>Opens a port of the uplink's address for a container.</summary>
public sealed record PublishPort(PublishedPort Port) : Edit
{
    [JsonIgnore] public override string Section => "uplink";
    [JsonIgnore] public override string Item => PublishedPorts.ItemOf(Port.Protocol, Port.Port);
    [JsonIgnore] public override bool CanExpire => true;

    public override NodeState Apply(NodeState state) => PublishedPorts.With(state, all => ItemList.Put(all, Port, p => p.Port == Port.Port && p.Protocol == Port.Protocol, MeshJson.Default.PublishedPort));

    public override string Describe() => $"publish {Port.Protocol}/{Port.Port} for container {Port.Container}";
}

public sealed record UnpublishPort(string Protocol, int Port) : Edit
{
    [JsonIgnore] public override string Section => "uplink";
    [JsonIgnore] public override string Item => PublishedPorts.ItemOf(Protocol, Port);

    public override NodeState Apply(NodeState state) => PublishedPorts.With(state, all => ItemList.Remove(all, p => p.Port == Port && p.Protocol == Protocol));

    public override string Describe() => $"close {Protocol}/{Port}";
}

/// <summary>Published ports inside a state.</summary>
public static class PublishedPorts
{
    /// <summary>Where a published port stands among a state's items.</summary>
    public static string ItemOf(string protocol, int port) => $"uplink.publish[{protocol}/{port}]";

    /// <summary>Starts from what the containers' services publish while there is no section, so that publishing one more closes none.</summary>
    public static NodeState With(NodeState state, Func<IReadOnlyList<PublishedPort>, IReadOnlyList<PublishedPort>> change)
    {
        var uplink = UplinkLayout.Of(state) ?? new();
        var after = change(uplink.Publish);
        return ReferenceEquals(after, uplink.Publish) ? state : state with { Uplink = uplink with { Publish = after } };
    }
}
