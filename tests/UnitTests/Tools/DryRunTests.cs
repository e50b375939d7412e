using System.CommandLine;
using System.Text.Json;
using MeshMcp.Cli.Commands;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.State;
using MeshMcp.TestServers;
using MeshMcp.Tools;
using ModelContextProtocol.Server;
using Xunit;

namespace MeshMcp.UnitTests.Tools;

/// <summary>Every change can be seen before it is made.</summary>
[Collection(MeshMcp.UnitTests.Cli.CommandLine.Tests)]
public sealed class DryRunTests
{
    /// <summary>Tools that change something and have no dry run, each for a reason.</summary>
    static readonly Dictionary<string, string> Without = new()
    {
        ["confirm_change"] = "keeps what is done already",
        ["container_exec"] = "what a program would do nobody knows",
        ["wg_add_client"] = "its answer is the new client's access, and it takes nothing away",
        ["xray_add_user"] = "its answer is the new user's links, and it takes nothing away",
        ["xray_user_links"] = "tells keys, and changes nothing",
        ["invite_node"] = "is no change of a node's desired state",
        ["create_enrollment_key"] = "is no change of a node's desired state",
    };

    [Fact]
    public void Every_tool_that_changes_something_has_a_dry_run_or_a_reason_to_have_none()
    {
        var changing = Catalogue.All.Where(t => t.ProtocolTool.Annotations!.ReadOnlyHint != true).ToList();
        Assert.Equal(Without.Keys.Order(), changing.Where(t => !HasDryRun(t)).Select(t => t.ProtocolTool.Name).Order());
        Assert.All(Catalogue.All.Except(changing), t => Assert.False(HasDryRun(t), t.ProtocolTool.Name));
    }

    [Fact]
    public async Task With_a_dry_run_every_tool_asks_its_node_for_plans_only_and_says_so()
    {
        await using var vps = await RichNode.StartAsync();
        vps.Says("POST /v1/plan", new Plan("p1", [new("lxc", "container 100", "stop container 100")], []) { Differences = [new ItemDifference("lxc.containers[100].running", "true", "false")] }, MeshJson.Default.Plan);
        vps.Says("POST /v1/rollback/plan", new Plan("p1", [new("lxc", "container 100", "stop container 100")], []) { Differences = [new ItemDifference("lxc.containers[100].running", "true", "false")] }, MeshJson.Default.Plan);
        vps.Says("GET /v1/netmaker", new NetmakerStatus(null, null, null, false, false, null, null, null, [], [], "no member"), MeshJson.Default.NetmakerStatus);
        await using var server = await ToolServer.WithAsync(MeshTools.ToolsetNames, ("vps", vps.Endpoint));
        var key = Convert.ToBase64String("""{"server":"api.nm.example","value":"x"}"""u8);
        var calls = Catalogue.All.Where(HasDryRun).Select(t => (Tool: t.ProtocolTool.Name, Arguments: RichNode.Calls.TryGetValue(t.ProtocolTool.Name, out var given) ? given : [("node", "vps"), ("key", key), ("network", "mesh"), ("interface", "nm-mesh")])).ToList();
        calls.Add(("set_container_state", [("node", "vps"), ("id", "100"), ("state", "restarted")]));
        calls.Add(("delete_container", [("node", "vps"), ("id", "100"), ("purge", true)]));

        foreach (var (tool, arguments) in calls)
        {
            var before = vps.Seen.Count;
            var answer = await server.CallAsync(tool, [.. arguments, ("dryRun", true)]);

            Assert.All(vps.Seen.Skip(before), s => Assert.True(s.Name.StartsWith("GET ", StringComparison.Ordinal) || s.Name is "POST /v1/plan" or "POST /v1/rollback/plan", $"{tool} asks {s.Name}"));
            Assert.True(answer.IsError != true, $"{tool}: {answer.Said()}");
            Assert.Contains("DRY RUN: nothing was done", answer.Said());
            Assert.Equal("planned", answer.StructuredContent!.Value.GetProperty("outcome").GetString());
        }
    }

    [Fact]
    public async Task A_dry_run_tells_what_of_the_state_would_be_otherwise()
    {
        await using var vps = await ScriptedNode.StartAsync();
        vps.Says("POST /v1/rollback/plan", new Plan("p1", [Changes.Step], [new("reverted", "edits", "2 edits made since will not count.")]) { Differences = [.. Enumerable.Range(0, 50).Select(i => new ItemDifference($"lxc.containers[{i}].running", "true", null))] }, MeshJson.Default.Plan);
        await using var server = await ToolServer.StartAsync(("vps", vps.Endpoint));

        var said = (await server.CallAsync("rollback_change", ("node", "vps"), ("to", 1), ("dryRun", true))).Said();

        Assert.StartsWith("changed: false. DRY RUN: nothing was done. 1 step would be done on vps.", said, StringComparison.Ordinal);
        Assert.Contains("- lxc.containers[0].running: true", said);
        Assert.Contains("10 differences left out", said);
        Assert.Contains("2 edits made since will not count.", said);
        Assert.Equal(1, JsonDocument.Parse(vps.Seen.Single().Body).RootElement.GetProperty("to").GetInt32());
    }

    /// <summary>Commands of changes are those that take a reason.</summary>
    [Fact]
    public void Every_command_that_changes_the_state_has_a_dry_run_or_a_reason_to_have_none()
    {
        string[] without =
        [
            // Operations, and what is told by its answer.
            "container restart", "container purge", "wg add-client", "xray add-user",
            // Its plan stands on secrets that are stored with it; what it takes over is on the host as it is.
            "restore", "adopt",
        ];
        var commands = CommandsOf(Meshctl.Root(), "").Where(c => c.Command.Options.Any(o => o.Name == "--why")).ToList();
        Assert.True(commands.Count > 15);
        Assert.Equal(without.Order(), commands.Where(c => c.Command.Options.All(o => o.Name != "--dry-run")).Select(c => c.Path).Order());
    }

    static bool HasDryRun(McpServerTool tool) => tool.ProtocolTool.InputSchema.GetProperty("properties").TryGetProperty("dryRun", out _);

    static IEnumerable<(string Path, Command Command)> CommandsOf(Command command, string path) =>
        [(path, command), .. command.Subcommands.SelectMany(c => CommandsOf(c, $"{path} {c.Name}".Trim()))];
}
