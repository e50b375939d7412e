using System.Text.Json.Nodes;

namespace MeshMcp.Contracts.State;

/// <summary>A section of a state.</summary>
public interface IStateSection
{
    /// <summary>What a member of one of its lists goes by in the paths of items (<c>lxc.containers[200]</c>); null where a list is one item as a whole.</summary>
    /// <param name="list">Its path in the section: <c>containers</c>.</param>
    /// <param name="member">As JSON.</param>
    string? NameOf(string list, JsonNode member) => null;
}
