using System.Text.Json.Serialization;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.State;

namespace MeshMcp.Contracts.Edits;

/// <summary>Lets a user into the Xray server. A request may leave the id to the node.</summary>
public sealed record AddXrayUser(XrayUser User) : Edit
{
    [JsonIgnore] public override string Section => "xray";
    [JsonIgnore] public override string Item => XrayUsers.ItemOf(User.Name);

    public override NodeState Apply(NodeState state) => XrayUsers.With(state, all => ItemList.Put(all, User, u => u.Name == User.Name, MeshJson.Default.XrayUser));

    public override string? Misfit(NodeState state) => state.Xray?.Server is null ? "there is no xray.server" : null;

    public override string Describe() => $"add Xray user {User.Name}";
}

public sealed record RemoveXrayUser(string Name) : Edit
{
    [JsonIgnore] public override string Section => "xray";
    [JsonIgnore] public override string Item => XrayUsers.ItemOf(Name);

    public override NodeState Apply(NodeState state) => XrayUsers.With(state, all => ItemList.Remove(all, u => u.Name == Name));

    public override string Describe() => $"remove Xray user {Name}";
}

/// <summary>Opens a port of the node's public address for a container.</summary>
public sealed record PublishPort(PublishedPort Port) : Edit
{
    [JsonIgnore] public override string Section => "uplink";
    [JsonIgnore] public override string Item => PublishedPorts.ItemOf(Port.Protocol, Port.Port);

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

static class XrayUsers
{
    public static string ItemOf(string name) => $"xray.server.users[{name}]";

    public static NodeState With(NodeState state, Func<IReadOnlyList<XrayUser>, IReadOnlyList<XrayUser>> change) =>
        state.Xray?.Server is { } server && change(server.Users) is var after && !ReferenceEquals(after, server.Users)
            ? state with { Xray = state.Xray with { Server = server with { Users = after } } }
            : state;
}

static class PublishedPorts
{
    public static string ItemOf(string protocol, int port) => $"uplink.publish[{protocol}/{port}]";

    /// <summary>Starts from what the containers' services publish while there is no section, so that publishing one more closes none.</summary>
    public static NodeState With(NodeState state, Func<IReadOnlyList<PublishedPort>, IReadOnlyList<PublishedPort>> change)
    {
        var uplink = UplinkLayout.Of(state) ?? new();
        var after = change(uplink.Publish);
        return ReferenceEquals(after, uplink.Publish) ? state : state with { Uplink = uplink with { Publish = after } };
    }
}
