using System.Reflection;
using System.Text.Json.Nodes;
using MeshMcp.Bench.Peers;
using MeshMcp.Lab;
using MeshMcp.Server.Http;
using ModelContextProtocol.Client;

namespace MeshMcp.Bench.Reporting;

/// <summary>A tool of the comparison and what it says of itself.</summary>
sealed record ToolVersion(string Tool, string Version);

static class ToolVersions
{
    public static async Task<IReadOnlyList<ToolVersion>> ReadAsync(MeshUnderTest mesh, PeerPrograms peers, CancellationToken ct) =>
    [
        new("MeshMcp", VersionOf(typeof(HttpHost))),
        new("the lab's programs", $"{await BuildAsync(mesh, ct)} build"),
        new("MCP client: ModelContextProtocol for C#", VersionOf(typeof(McpClient)).Split('+')[0]),
        new("Open vSwitch", (await OutputAsync("ovs-ofctl", ct)).Split(' ')[^1]),
        new("@modelcontextprotocol/server-everything", $"{Package(peers.Everything)} with @modelcontextprotocol/sdk {Package(Path.Combine(peers.Everything, "../sdk"))}"),
        new("Node.js", await OutputAsync(peers.Node, ct)),
        new("kubernetes-mcp-server (Go)", await OutputAsync(peers.Kubernetes, ct)),
    ];

    static string VersionOf(Type type) => type.Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    static async Task<string> OutputAsync(string program, CancellationToken ct) =>
        (await new Command(null, [program, "--version"]).TextAsync(ct: ct)).Split('\n')[0].Trim();

    static string Package(string folder) => (string)JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "package.json")))!["version"]!;

    /// <summary><c>debug</c> or <c>release</c>: the folder the lab's programs run from.</summary>
    static async Task<string> BuildAsync(MeshUnderTest mesh, CancellationToken ct)
    {
        var program = (await File.ReadAllTextAsync($"/proc/{await mesh.PidAsync(MeshUnderTest.Daemons[0], ct)}/cmdline", ct)).Split('\0')[0];
        return Path.GetFileName(Path.GetDirectoryName(program)!);
    }
}
