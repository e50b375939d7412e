using MeshMcp.Contracts.State;

namespace MeshMcp.HostBridge.Engine;

/// <summary>
/// Between which two states the operator's own traffic must not be lost: to the MCP server (9573) and the API (9574) when containers of this node serve
/// them, and from there to the relays (9575). A node that serves nothing is reached by its relay.
/// </summary>
/// <param name="Serving">Bridge ports of the serving containers.</param>
public sealed record ManagementPath(IReadOnlyList<string> Serving)
{
    public const int Mcp = 9573;
    public const int Api = 9574;
    public const int Relay = 9575;

    public static readonly ManagementPath None = new([]);

    public bool Serves => Serving.Count > 0;

    /// <summary>What a change goes from and to; null where nothing is to be guarded: healing and undoing go to what was confirmed.</summary>
    public (NodeState Before, NodeState After)? Change { get; init; }

    /// <summary>Of one state, or of a change: the state after it, then the one before. A path that is being removed counts as much as one that is being made.</summary>
    public static ManagementPath Of(params IReadOnlyList<NodeState> states)
    {
        return new([.. states.SelectMany(s => s.Lxc?.Containers ?? []).Where(IsWayIn).Select(c => c.Veth).Distinct()])
        {
            Change = states is [var after, var before] ? (before, after) : null,
        };
    }

    /// <summary>A container that is a way in.</summary>
    public static bool IsWayIn(Container container) => PortsOf(container).Any();

    public static IEnumerable<int> PortsOf(Container container) =>
        container.Properties.Services.Where(s => s is { Protocol: "tcp", Port: Mcp or Api }).Select(s => s.Port).Distinct();
}
