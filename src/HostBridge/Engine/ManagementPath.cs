using MeshMcp.Contracts.State;

namespace MeshMcp.HostBridge.Engine;

/// <summary>
/// Where the operator's own traffic runs on this node: to the MCP server (9573) and the API (9574) when containers of this node serve them,
/// and from there to the relays (9575). A node that serves nothing has its relay outside the bridge.
/// </summary>
/// <param name="Serving">Bridge ports of the serving containers.</param>
/// <param name="Addresses">Their IPv4 addresses.</param>
public sealed record ManagementPath(IReadOnlyList<string> Serving, IReadOnlyList<string> Addresses)
{
    public const int Mcp = 9573;
    public const int Api = 9574;
    public const int Relay = 9575;

    public static readonly ManagementPath None = new([], []);

    public bool Serves => Serving.Count > 0;

    /// <summary>Over all given states: a path that is being removed counts as much as one that is being made.</summary>
    public static ManagementPath Of(params IEnumerable<NodeState> states)
    {
        Container[] serving = [.. states.SelectMany(s => s.Lxc?.Containers ?? [])
            .Where(c => c.Properties.Services.Any(p => p.Protocol == "tcp" && p.Port is Mcp or Api))];
        return new(
            [.. serving.Select(c => c.Veth).Distinct()],
            [.. serving.Select(c => c.Properties.Ipv4Address?.Split('/')[0]).OfType<string>().Distinct()]);
    }
}
