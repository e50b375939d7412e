using System.Text.Json.Serialization;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.State;

namespace MeshMcp.Contracts.Edits;

[JsonDerivedType(typeof(AddXrayUser), "addXrayUser")]
[JsonDerivedType(typeof(RemoveXrayUser), "removeXrayUser")]
public abstract partial record Edit;

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

static class XrayUsers
{
    public static string ItemOf(string name) => $"xray.server.users[{name}]";

    public static NodeState With(NodeState state, Func<IReadOnlyList<XrayUser>, IReadOnlyList<XrayUser>> change) =>
        state.Xray?.Server is { } server && change(server.Users) is var after && !ReferenceEquals(after, server.Users)
            ? state with { Xray = state.Xray with { Server = server with { Users = after } } }
            : state;
}
