using System.Text.Json.Serialization;

namespace MeshMcp.Contracts.Trust;

/// <summary>What a caller may do; each scope includes the ones before it.</summary>
public enum Scope
{
    /// <summary>Look: nodes, states, flows, plans, traces.</summary>
    [JsonStringEnumMemberName("read")]
    Read,
    /// <summary>Change the network: apply, confirm, roll back.</summary>
    [JsonStringEnumMemberName("operate")]
    Operate,
    /// <summary>Everything, also what only an administrator of the node may do.</summary>
    [JsonStringEnumMemberName("admin")]
    Admin,
}
