using System.Text.Json.Serialization;
using MeshMcp.Contracts.State;

namespace MeshMcp.Contracts.Edits;

/// <summary>Lets a user into the Xray server. A request may leave the id to the node.</summary>
public sealed record AddXrayUser(XrayUser User) : Edit
{
    [JsonIgnore] public override string Section => "xray";

    public override NodeState Apply(NodeState state) => XrayUsers.With(state, all => [.. all.Where(u => u.Name != User.Name), User]);

    public override string Describe() => $"add Xray user {User.Name}";
}

public sealed record RemoveXrayUser(string Name) : Edit
{
    [JsonIgnore] public override string Section => "xray";

    public override NodeState Apply(NodeState state) => XrayUsers.With(state, all => [.. all.Where(u => u.Name != Name)]);

    public override string Describe() => $"remove Xray user {Name}";
}

/// <summary>Opens a port of the node's public address for a container.</summary>
public sealed record PublishPort(PublishedPort Port) : Edit
{
    [JsonIgnore] public override string Section => "uplink";

    public override NodeState Apply(NodeState state) => PublishedPorts.With(state, all => [.. all.Where(p => !(p.Port == Port.Port && p.Protocol == Port.Protocol)), Port]);

    public override string Describe() => $"publish {Port.Protocol}/{Port.Port} for container {Port.Container}";
}

public sealed record UnpublishPort(string Protocol, int Port) : Edit
{
    [JsonIgnore] public override string Section => "uplink";

    public override NodeState Apply(NodeState state) => PublishedPorts.With(state, all => [.. all.Where(p => !(p.Port == Port && p.Protocol == Protocol))]);

    public override string Describe() => $"close {Protocol}/{Port}";
}

static class XrayUsers
{
    public static NodeState With(NodeState state, Func<IReadOnlyList<XrayUser>, IReadOnlyList<XrayUser>> change) =>
        state.Xray?.Server is { } server ? state with { Xray = state.Xray with { Server = server with { Users = change(server.Users) } } } : state;
}

static class PublishedPorts
{
    /// <summary>Starts from what the containers' services publish while there is no section, so that publishing one more closes none.</summary>
    public static NodeState With(NodeState state, Func<IReadOnlyList<PublishedPort>, IReadOnlyList<PublishedPort>> change)
    {
        var uplink = UplinkLayout.Of(state) ?? new();
        return state with { Uplink = uplink with { Publish = change(uplink.Publish) } };
    }
}
