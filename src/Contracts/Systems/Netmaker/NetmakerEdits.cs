using System.Text.Json.Serialization;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.State;

namespace MeshMcp.Contracts.Edits;

[JsonDerivedType(typeof(JoinNetmaker), "joinNetmaker")]
[JsonDerivedType(typeof(LeaveNetmaker), "leaveNetmaker")]
public abstract partial record Edit;

/// <summary>Makes the node a member of a Netmaker network.</summary>
public sealed record JoinNetmaker(NetmakerSection Netmaker) : Edit
{
    [JsonIgnore] public override string Section => "netmaker";
    [JsonIgnore] public override string Item => "netmaker";

    public override NodeState Apply(NodeState state) => state.Netmaker is { } there && ItemList.Same(there, Netmaker, MeshJson.Default.NetmakerSection) ? state : state with { Netmaker = Netmaker };

    public override string Describe() => $"join Netmaker network {Netmaker.Network}";
}

/// <summary>The section stays and says so: one that is absent would be unmanaged, and the node a member still.</summary>
public sealed record LeaveNetmaker(string Network) : Edit
{
    [JsonIgnore] public override string Section => "netmaker";
    [JsonIgnore] public override string Item => "netmaker.enabled";

    public override NodeState Apply(NodeState state) => state.Netmaker is { Enabled: true } member && member.Network == Network ? state with { Netmaker = member with { Enabled = false } } : state;

    public override string Describe() => $"leave Netmaker network {Network}";
}
