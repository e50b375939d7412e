using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Json;
using MeshMcp.TestServers;
using MeshMcp.Tools;
using ModelContextProtocol.Protocol;
using Xunit;

namespace MeshMcp.UnitTests.Tools;

/// <summary>Every tool that changes a node tells each way in which a change can end, in both forms, and none is told as another.</summary>
public sealed class OutcomeTests
{
    /// <summary>These do not go by one request of a change, or do something at once.</summary>
    static readonly string[] Others = ["confirm_change", "wg_add_client", "xray_add_user"];

    static readonly Generation Kept = Changes.Generation(7, GenerationStatus.Confirmed);
    static readonly MeshError Failure = new(ErrorKind.CommandFailed, "ovs-ofctl refused the flow.");

    public static TheoryData<string> Ways => ["done", "waits", "waits again", "waits in part", "nothingToDo", "held", "undone", "refused"];

    [Theory, MemberData(nameof(Ways))]
    public async Task Every_tool_that_changes_a_node_tells_how_it_ended(string way)
    {
        await using var node = await ScriptedNode.StartAsync();
        foreach (var request in new[] { "POST /v1/apply", "POST /v1/rollback" })
            if (way == "refused") node.Refuses(request, 409, new(ErrorKind.Conflict, "Somebody has it."));
            else node.Reports(request, Events(way));
        var told = new List<string>();
        await using var server = await ToolServer.WithAsync(MeshTools.ToolsetNames, ("vps", node.Endpoint));
        foreach (var (tool, arguments) in RichNode.Calls)
        {
            if (!Catalogue.AnswerOf(tool).GetProperty("properties").TryGetProperty("outcome", out var outcomes) || Others.Contains(tool)) continue;
            told.Add(tool);
            Assert.Equal(["done", "waits", "nothingToDo", "held", "undone", "refused", "planned"], outcomes.GetProperty("enum").EnumerateArray().Select(e => e.GetString()));
            Holds(way, await server.CallAsync(tool, arguments));
        }
        Assert.True(told.Count >= 16, string.Join(", ", told));
    }

    [Fact]
    public async Task A_VPN_client_or_an_Xray_user_who_waits_for_something_is_told_so()
    {
        await using var node = await RichNode.StartAsync();
        node.Says("POST /v1/xray/users", new("anna", 7, [], [RichNode.Waits]), MeshJson.Default.AddedXrayUser);
        await using var server = await ToolServer.WithAsync(["tunnels", "xray"], ("vps", node.Endpoint));

        foreach (var tool in new[] { "wg_add_client", "xray_add_user" })
        {
            var result = await server.CallAsync(tool, ("node", "vps"), ("name", "anna"));
            Assert.Equal("waits", result.StructuredContent!.Value.GetProperty("outcome").GetString());
            Assert.Contains("WAITS", result.Said(), StringComparison.Ordinal);
            Assert.Contains(RichNode.Waits.Message, result.Said(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Every_step_is_told_in_a_line_dangerous_ones_first_and_details_up_to_a_bound_that_is_said()
    {
        await using var node = await RichNode.StartAsync();
        await using var server = await ToolServer.StartAsync(("vps", node.Endpoint));

        foreach (var (tool, arguments) in RichNode.Calls.Where(c => c.Key is "apply_state" or "plan_state" or "rollback_change" or "add_flow" or "create_container"))
        {
            var result = await server.CallAsync(tool, arguments);
            string[] lines = [.. result.Said().Split('\n')];
            Assert.Equal(
            [
                "- lxc: purge its files (irreversible)", "- lxc: restart container 100 (disruptive)", "- bridge: change the bridge (touches SSH)",
                "- openflow: add 30 flows", "- uplink: publish tcp/80 for container 100", "- wireguard: change the peers of wg0",
            ], lines.Where(l => l.StartsWith("- ", StringComparison.Ordinal)));
            Assert.Contains("  - peer phone", lines);
            var details = lines.Where(l => l.StartsWith("  ", StringComparison.Ordinal)).ToList();
            Assert.InRange(details.Count, 20, 24);
            Assert.Contains($"{63 - details.Count} lines of details left out, no step.", lines);
            var steps = result.StructuredContent!.Value.GetProperty(tool == "plan_state" ? "steps" : "planned").EnumerateArray().ToList();
            Assert.Equal(RichNode.Steps.Select(s => s.Summary), steps.Select(s => s.GetProperty("summary").GetString()));
            Assert.Equal(details.Select(d => d[2..]).Order(), steps.SelectMany(s => s.TryGetProperty("details", out var d) ? d.EnumerateArray().Select(l => l.GetString()!) : []).Order());
        }
    }

    static ApplyEvent[] Events(string way) => way switch
    {
        "waits" => [Planned(7), new ApplyEvent.Finished(true, Kept, null) { News = [RichNode.Waits] }],
        "waits again" => [Planned(null), new ApplyEvent.Finished(false, null, null) { News = [RichNode.Waits] }],
        "waits in part" => [Planned(7, Changes.Step), new ApplyEvent.Finished(true, Kept, null) { News = [RichNode.Waits] }],
        "nothingToDo" => [Planned(null), new ApplyEvent.Finished(false, null, null) { News = [] }],
        "held" => [Planned(7, Changes.Step), new ApplyEvent.Finished(true, Changes.Generation(7, GenerationStatus.AwaitingConfirmation, Changes.ByCaller()), null) { News = [] }],
        "undone" => [Planned(7, Changes.Step), new ApplyEvent.Finished(false, Changes.Generation(7, GenerationStatus.RolledBack, error: Failure), Failure)],
        _ => [Planned(7, Changes.Step), new ApplyEvent.Finished(true, Kept, null) { News = [] }],
    };

    static ApplyEvent.Planned Planned(int? generation, params PlannedStep[] steps) => new(new("p1", steps, []), generation);

    static void Holds(string way, CallToolResult result)
    {
        if (way is "undone" or "refused")
        {
            Assert.Contains($"outcome: {way}.", result.Refusal(), StringComparison.Ordinal);
            return;
        }
        var (said, structure) = (result.Said(), result.StructuredContent!.Value);
        var waits = way.StartsWith("waits", StringComparison.Ordinal);
        Assert.Equal(waits ? "waits" : way, structure.GetProperty("outcome").GetString());
        Assert.Equal(way is "done" or "held", said.Contains("done and verified", StringComparison.Ordinal));
        Assert.Equal(way is "done" or "held" or "nothingToDo", structure.TryGetProperty("verified", out _));
        Assert.Equal(waits, said.Contains("WAITS", StringComparison.Ordinal) && said.Contains($"waits: {RichNode.Waits.Path}: {RichNode.Waits.Message}", StringComparison.Ordinal));
        Assert.Equal(waits, structure.TryGetProperty("waits", out var what) && what[0].GetString() == $"{RichNode.Waits.Path}: {RichNode.Waits.Message}");
        Assert.Equal(way == "held", said.Contains("NOT KEPT YET", StringComparison.Ordinal));
        Assert.Equal(way == "held", structure.TryGetProperty("confirmation", out var confirmation) && confirmation.GetProperty("how").GetString()!.Contains("confirm_change", StringComparison.Ordinal));
    }
}
