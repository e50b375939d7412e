using MeshMcp.Bench.Calls;
using MeshMcp.Bench.Peers;

namespace MeshMcp.Bench.Scenarios;

/// <summary>What a client reads first. The work is not the same: ours asks both nodes over the mesh, the peer prints its own configuration.</summary>
static class ReadCalls
{
    static readonly ToolCall
        Nodes = new("list_nodes", "{}", "2 of 2 nodes answer"),
        Configuration = new("configuration_view", "{}", "current-context: bench");

    public static Scenario Scenario(MeshUnderTest mesh, PeerServers servers) => new("a read",
    [
        new($"MeshMcp: list_nodes, two nodes asked, {Dialect.Session.Version}", (sizes, ct) => CallLoad.RoundAsync(mesh.Target, Dialect.Session, Nodes, sizes.Load, ct)),
        new($"kubernetes-mcp-server: configuration_view, no cluster asked, {Dialect.Session.Version}", (sizes, ct) => CallLoad.RoundAsync(servers.Kubernetes, Dialect.Session, Configuration, sizes.Load, ct)),
    ]);
}
