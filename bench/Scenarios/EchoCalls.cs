using MeshMcp.Bench.Calls;
using MeshMcp.Bench.Peers;

namespace MeshMcp.Bench.Scenarios;

/// <summary>A tool that does nothing: what the layer around the tools costs.</summary>
static class EchoCalls
{
    public static readonly ToolCall Echo = new("echo", """{"message":"hi"}""", "Echo: hi");

    public static Scenario Scenario(PeerServers servers) => new("a tool that does nothing",
    [
        .. Dialect.All.Select(dialect => Of("MeshMcp's host layer", servers.Echo, dialect)),
        Of("server-everything", servers.Everything, Dialect.Session),
    ]);

    static Contender Of(string tool, Target target, Dialect dialect) =>
        new($"{tool}, {dialect.Version}", (sizes, ct) => CallLoad.RoundAsync(target, dialect, Echo, sizes.Load, ct));
}
