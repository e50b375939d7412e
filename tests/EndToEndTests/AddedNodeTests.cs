using System.Text.Json;
using MeshMcp.Lab;
using MeshMcp.TestKit;
using Xunit;

namespace MeshMcp.EndToEndTests;

/// <summary>A third node, which joins by an invitation while the mesh is in use.</summary>
public sealed class AddedNodeTests(LabFixture fixture)
{
    const string Node = "edge1";

    static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    /// <summary>One call of each tool that takes a node, in this order: what its text says, or the kind of the node's own refusal.</summary>
    static readonly IReadOnlyList<(string Tool, (string, object)[] Arguments, string Answer)> Calls =
    [
        ("list_flows", [], "6 of 6 flows"),
        ("add_flow", [("flow", "priority=150,udp,tp_dst=5353,actions=drop")], "changed: true"),
        ("trace_packet", [("packet", "in_port=LOCAL,udp,nw_src=10.2.0.1,nw_dst=10.2.0.9,tp_dst=5353")], "drop"),
        ("delete_flow", [("flow", "udp,tp_dst=5353")], "changed: true"),
        ("list_changes", [], "confirmed"),
        ("rollback_change", [], "Conflict"),
        ("confirm_change", [("generation", 9999)], "NotFound"),
        ("get_state", [], "openflow"),
        ("create_container", [("id", "10"), ("template", "busybox")], "changed: true"),
        ("list_containers", [], "10.2.0.10"),
        ("container_exec", [("id", "10"), ("command", new[] { "uname" })], "Linux"),
        ("publish_port", [("port", 8080), ("container", "10")], "changed: true"),
        ("unpublish_port", [("port", 8080)], "changed: true"),
        ("update_container", [("id", "10"), ("settings", JsonDocument.Parse("""{ "name": "other" }""").RootElement)], "restart container 10 with its new settings"),
        ("set_container_state", [("id", "10"), ("state", "stopped")], "changed: true"),
        ("delete_container", [("id", "10")], "changed: true"),
        ("plan_state", [("state", Declared)], "Nothing to do on edge1"),
        ("apply_state", [("state", Declared)], "0 steps planned"),
        ("wg_status", [], "nm-privacy"),
        ("wg_add_client", [("name", "laptop")], "NotFound"),
        ("wg_remove_client", [("name", "laptop")], "NotFound"),
        ("set_tunnel", [("interface", "warp0"), ("enabled", false)], "NotFound"),
        ("netmaker_status", [], "Works: 2 of 2 peers answer"),
        ("undo_change", [("generation", 9999)], "NotFound"),
        ("netmaker_join", [("key", "none")], "InvalidArgument"),
        ("netmaker_leave", [("network", "another")], "NotFound"),
    ];

    static JsonElement Declared => JsonDocument.Parse(File.ReadAllText(Path.Combine(Programs.Build, "../../examples/edge1.json"))).RootElement;

    [Fact]
    public async Task A_node_joins_by_one_command_is_reached_by_every_tool_and_leaves_by_another()
    {
        await using var caller = await McpCaller.ReadyAsync(fixture);
        await fixture.Lab.AddNodeAsync(Node);
        try
        {
            await Eventually.True(async () => (await caller.CallAsync("list_nodes")).Text.Contains("3 of 3 nodes answer"), Soon, "the server reaches the new node");
            var tools = await caller.ToolsAsync();
            Assert.Empty(tools.Except(Calls.Select(c => c.Tool)).Except(["list_nodes"]));
            await Eventually.True(async () => (await caller.CallAsync("netmaker_status", ("node", Node))).Text.Contains("Works: 2 of 2 peers answer"), Soon, "the new node's tunnel reaches both others");
            List<string> otherwise = [];
            foreach (var (tool, arguments, answer) in Calls)
            {
                var said = await caller.CallAsync(tool, [("node", Node), .. arguments]);
                if (said.Refused ? said.Error != answer : !said.Text.Contains(answer, StringComparison.Ordinal)) otherwise.Add($"{tool}: {said.Error} {said.Text}");
            }
            Assert.Empty(otherwise);
        }
        finally
        {
            await fixture.Lab.RemoveNodeAsync(Node);
        }
        await Eventually.True(async () => (await caller.CallAsync("list_nodes")).Text.Contains("2 of 2 nodes answer"), Soon, "the server has forgotten the node");
        Assert.DoesNotContain("10.101.0.3", await fixture.Lab.In("vps", "env", "meshctl", "netmaker", "hosts").TextAsync());
    }
}
