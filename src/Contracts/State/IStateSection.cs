using System.Text.Json.Nodes;

namespace MeshMcp.Contracts.State;

/// <summary>A section of a state.</summary>
public interface IStateSection
{
    /// <summary>What a member of one of its lists goes by in the paths of items (<c>lxc.containers[200]</c>); null where a list is one item as a whole.</summary>
    /// <param name="list">Its path in the section: <c>containers</c>.</param>
    /// <param name="member">As JSON.</param>
    string? NameOf(string list, JsonNode member) => null;

    /// <summary>Whether the entries of one of its objects have names that users give, dots and all: they stand in brackets too (<c>systemd.units[ssh.service]</c>).</summary>
    /// <param name="field">Its path in the section: <c>units</c>.</param>
    bool IsNamed(string field) => false;
}
