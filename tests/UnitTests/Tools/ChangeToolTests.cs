using Microsoft.AspNetCore.Http;
using System.Collections.Concurrent;
using System.Text.Json;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Json;
using MeshMcp.TestKit;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using MeshMcp.TestServers;
using Xunit;

namespace MeshMcp.UnitTests.Tools;

public sealed class ChangeToolTests
{
    const string Flow = "priority=100,tcp,tp_dst=80,actions=output:veth200";

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_flow_that_was_added_is_told_with_what_was_planned_done_and_verified_and_its_progress()
    {
        await using var node = await ScriptedNode.StartAsync();
        node.Reports("POST /v1/apply", Changes.Run(Changes.Generation(7, GenerationStatus.Confirmed)));
        await using var server = await ToolServer.StartAsync(("vps", node.Endpoint));
        var told = new ConcurrentQueue<string?>();
        await using var listening = server.Client.RegisterNotificationHandler(NotificationMethods.ProgressNotification, (notification, _) =>
        {
            told.Enqueue((string?)notification.Params!["message"]);
            return default;
        });

        var result = await server.Client.CallToolAsync(
            "add_flow", new Dictionary<string, object?> { ["node"] = "vps", ["flow"] = Flow, ["why"] = "a test" }, new Progress<ProgressNotificationValue>(), cancellationToken: Ct);

        Assert.Equal($"changed: true. 1 step planned, done and verified on vps, generation 7.\n- openflow: add 1 flow\n  + {Flow}", result.Said());
        Assert.True(result.StructuredContent!.Value.GetProperty("changed").GetBoolean());
        Assert.Equal("""{"edits":[{"edit":"addFlow","flow":"priority=100,tcp,tp_dst=80,actions=output:veth200"}],"why":"a test"}""", node.Seen.Single().Body);
        string[] expected = ["planned 1 step", "step 1 of 1: add 1 flow", "verifying"];
        await Eventually.True(() => expected.All(told.Contains), TimeSpan.FromSeconds(5), "progress arrives", Ct);
    }

    [Fact]
    public async Task What_is_so_already_is_not_changed()
    {
        await using var node = await ScriptedNode.StartAsync();
        node.Reports("POST /v1/apply", [new ApplyEvent.Planned(new("p", [], []), null), new ApplyEvent.Finished(false, null, null)]);
        await using var server = await ToolServer.StartAsync(("vps", node.Endpoint));

        var result = await server.CallAsync("delete_flow", ("node", "vps"), ("flow", "priority=100"));

        Assert.StartsWith("changed: false.", result.Said(), StringComparison.Ordinal);
        Assert.Equal("nothingToDo", result.StructuredContent!.Value.GetProperty("outcome").GetString());
        Assert.False(result.StructuredContent!.Value.TryGetProperty("generation", out _));
    }

    [Theory]
    [InlineData(2, "changed: false. Settled 2 edits, nothing to do on vps; generation 7.")]
    [InlineData(1, "changed: false. Settled 1 edit, nothing to do on vps; generation 7.")]
    [InlineData(0, "changed: false. The declared document is replaced, nothing to do on vps; generation 7.")]
    public async Task A_document_that_only_settles_edits_is_told_with_their_number(int settled, string said)
    {
        await using var node = await ScriptedNode.StartAsync();
        node.Reports("POST /v1/apply", [new ApplyEvent.Planned(new("p", [], []), 7), new ApplyEvent.Finished(false, Changes.Generation(7, GenerationStatus.Confirmed) with { Steps = [], Settled = settled }, null)]);
        await using var server = await ToolServer.StartAsync(("vps", node.Endpoint));

        var result = await server.CallAsync("apply_state", ("node", "vps"), ("state", "{}"));

        Assert.Equal(said, result.Said());
        Assert.Equal("nothingToDo", result.StructuredContent!.Value.GetProperty("outcome").GetString());
    }

    [Fact]
    public async Task Settings_of_a_container_are_asked_for_as_they_are_given_and_every_fault_of_them_is_told_at_once()
    {
        await using var node = await ScriptedNode.StartAsync();
        node.Reports("POST /v1/apply", Changes.Run(Changes.Generation(7, GenerationStatus.Confirmed)));
        await using var server = await ToolServer.StartAsync(("vps", node.Endpoint));

        var wrong = await server.CallAsync("update_container", ("node", "vps"), ("id", "web"), ("settings", JsonDocument.Parse("""{ "adress": "10.1.0.7/24", "dns": "1.1.1.1" }""").RootElement));
        Assert.Contains("settings.adress: Unknown field. There are: name, address, dns, limits, services, files.; did you mean address?", wrong.Refusal(), StringComparison.Ordinal);
        Assert.Contains("settings.dns: A list is expected", wrong.Refusal(), StringComparison.Ordinal);

        await server.CallAsync("update_container", ("node", "vps"), ("id", "web"), ("settings", JsonDocument.Parse("""{ "address": "10.1.0.7/24", "limits": { "cpus": 0.5 } }""").RootElement));
        Assert.Equal("""{"edits":[{"edit":"updateContainer","id":"web","change":{"address":"10.1.0.7/24","limits":{"cpus":0.5}}}]}""", node.Seen.Single(s => s.Name == "POST /v1/apply").Body);
    }

    [Fact]
    public async Task On_the_callers_own_way_the_answer_says_how_to_keep_the_change()
    {
        await using var node = await ScriptedNode.StartAsync();
        node.Reports("POST /v1/apply", Changes.Run(Changes.Generation(7, GenerationStatus.AwaitingConfirmation, Changes.ByCaller(since: 0.2, left: 179.8))));
        await using var server = await ToolServer.StartAsync(("vps", node.Endpoint));

        var result = await server.CallAsync("add_flow", ("node", "vps"), ("flow", Flow));

        Assert.Contains("""NOT KEPT YET: undone in 179 s unless confirmed. Call confirm_change {"node":"vps","generation":7} on a NEW connection; this one closes with this answer.""", result.Said());
        Assert.Equal("held", result.StructuredContent!.Value.GetProperty("outcome").GetString());
    }

    [Fact]
    public async Task On_a_far_node_the_server_confirms_over_a_new_connection()
    {
        await using var node = await ScriptedNode.StartAsync();
        var applied = Changes.Generation(7, GenerationStatus.AwaitingConfirmation, Changes.ByServer());
        node.Reports("POST /v1/apply", Changes.Run(applied));
        node.Says("POST /v1/generations/7/confirm", applied with { Status = GenerationStatus.Confirmed }, MeshJson.Default.Generation);
        await using var server = await ToolServer.StartAsync(("oo1424oo", node.Endpoint));

        var result = await server.CallAsync("add_flow", ("node", "oo1424oo"), ("flow", Flow));

        Assert.Contains("generation 7, confirmed over a new connection.", result.Said());
        Assert.NotEqual(node.Seen[0].Connection, node.Seen[1].Connection);
    }

    [Fact]
    public async Task A_change_that_cannot_be_confirmed_is_reverted_with_the_reason()
    {
        await using var node = await ScriptedNode.StartAsync();
        var applied = Changes.Generation(7, GenerationStatus.AwaitingConfirmation, Changes.ByServer());
        node.Reports("POST /v1/apply", Changes.Run(applied));
        node.Refuses("POST /v1/generations/7/confirm", 503, new(ErrorKind.Unavailable, "the tunnel is down"));
        node.Reports("POST /v1/rollback", [new ApplyEvent.Finished(true, applied with { Status = GenerationStatus.RolledBack }, null)]);
        node.Says("GET /v1/generations/7", applied with { Status = GenerationStatus.RolledBack }, MeshJson.Default.Generation);
        await using var server = await ToolServer.StartAsync(("oo1424oo", node.Endpoint));

        var refusal = (await server.CallAsync("add_flow", ("node", "oo1424oo"), ("flow", Flow))).Refusal();

        Assert.Contains("The change (generation 7) was reverted, because it could not be confirmed over a new connection: the tunnel is down", refusal);
        Assert.Contains("could not be confirmed", node.Seen.Single(s => s.Name == "POST /v1/rollback").Body);
    }

    [Fact]
    public async Task A_change_that_can_neither_be_confirmed_nor_taken_back_is_left_to_the_node_which_is_waited_for()
    {
        await using var node = await ScriptedNode.StartAsync();
        var applied = Changes.Generation(7, GenerationStatus.AwaitingConfirmation, Changes.ByServer());
        var asked = 0;
        node.Reports("POST /v1/apply", Changes.Run(applied));
        node.On("GET /v1/generations/7", context =>
        {
            if (++asked < 3) context.Abort();
            return asked < 3 ? Task.CompletedTask : context.Response.WriteAsJsonAsync(applied with { Status = GenerationStatus.RolledBack }, MeshJson.Default.Generation);
        });
        node.On("POST /v1/generations/7/confirm", context => { context.Abort(); return Task.CompletedTask; });
        node.On("POST /v1/rollback", context => { context.Abort(); return Task.CompletedTask; });
        await using var server = await ToolServer.StartAsync(("oo1424oo", node.Endpoint));

        var refusal = (await server.CallAsync("add_flow", ("node", "oo1424oo"), ("flow", Flow))).Refusal();

        Assert.Contains("The change (generation 7) was reverted, because it could not be confirmed over a new connection", refusal);
        Assert.Contains("oo1424oo answers again.", refusal);
        Assert.Equal(3, asked);
    }

    [Fact]
    public async Task A_change_cut_in_the_middle_says_where_its_outcome_is_found()
    {
        await using var node = await ScriptedNode.StartAsync();
        node.Reports("POST /v1/apply", Changes.Run(Changes.Generation(7, GenerationStatus.Confirmed)).Take(2), cut: true);
        node.Reports("POST /v1/rollback", Changes.Run(Changes.Generation(7, GenerationStatus.Confirmed)).Take(2));
        node.Refuses("GET /v1/generations/7", 404, new(ErrorKind.NotFound, "This node keeps no generation 7."));
        await using var server = await ToolServer.StartAsync(("vps", node.Endpoint));

        foreach (var result in (CallToolResult[])[await server.CallAsync("add_flow", ("node", "vps"), ("flow", Flow)), await server.CallAsync("rollback_change", ("node", "vps"))])
        {
            Assert.StartsWith("Unavailable: ", result.Refusal(), StringComparison.Ordinal);
            Assert.Contains("read list_changes for the outcome", result.Refusal());
        }
    }

    [Fact]
    public async Task The_outcome_of_a_change_cut_in_the_middle_is_read_over_a_new_connection()
    {
        await using var node = await ScriptedNode.StartAsync();
        node.Reports("POST /v1/apply", Changes.Run(Changes.Generation(7, GenerationStatus.Confirmed)).Take(2));
        node.Says("GET /v1/generations/7", Changes.Generation(7, GenerationStatus.RolledBack) with { Error = new(ErrorKind.Timeout, "Nobody confirmed it within 60 s.") }, MeshJson.Default.Generation);
        await using var server = await ToolServer.StartAsync(("vps", node.Endpoint));

        var refusal = (await server.CallAsync("add_flow", ("node", "vps"), ("flow", Flow))).Refusal();

        Assert.Contains("Nobody confirmed it within 60 s. Everything was put back as it was (generation 7).", refusal);
        Assert.NotEqual(node.Seen[0].Connection, node.Seen[1].Connection);
    }

    [Fact]
    public async Task A_call_that_is_cancelled_stops_the_change_it_began()
    {
        await using var node = await ScriptedNode.StartAsync();
        var never = new TaskCompletionSource();
        node.Reports("POST /v1/apply", Changes.Run(Changes.Generation(7, GenerationStatus.Confirmed)), held: never.Task);
        node.Reports("POST /v1/rollback", [new ApplyEvent.Finished(true, Changes.Generation(7, GenerationStatus.RolledBack), null)]);
        await using var server = await ToolServer.StartAsync(("vps", node.Endpoint));
        using var cancel = new CancellationTokenSource();
        await using var listening = server.Client.RegisterNotificationHandler(NotificationMethods.ProgressNotification, (_, _) =>
        {
            cancel.Cancel();
            return default;
        });

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await server.Client.CallToolAsync(
            "add_flow", new Dictionary<string, object?> { ["node"] = "vps", ["flow"] = Flow }, new Progress<ProgressNotificationValue>(), cancellationToken: cancel.Token));

        await Eventually.True(() => node.Seen.Any(s => s.Name == "POST /v1/rollback"), TimeSpan.FromSeconds(10), "the node is told to stop", Ct);
        Assert.Equal("""{"only":7,"why":"anonymous cancelled the call"}""", node.Seen.Single(s => s.Name == "POST /v1/rollback").Body);
    }

    [Fact]
    public async Task A_change_that_failed_is_told_with_what_was_put_back()
    {
        await using var node = await ScriptedNode.StartAsync();
        var error = new MeshError(ErrorKind.CommandFailed, "ovs-ofctl refused the flow.", "flows");
        node.Reports("POST /v1/apply", Changes.Run(Changes.Generation(7, GenerationStatus.RolledBack, error: error), error));
        await using var server = await ToolServer.StartAsync(("vps", node.Endpoint));

        Assert.StartsWith("CommandFailed: ovs-ofctl refused the flow. Everything was put back as it was (generation 7).", (await server.CallAsync("add_flow", ("node", "vps"), ("flow", Flow))).Refusal(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_nodes_refusal_arrives_with_positions_nearest_names_and_the_way_out()
    {
        await using var node = await ScriptedNode.StartAsync();
        await using var server = await ToolServer.StartAsync(("vps", node.Endpoint));

        node.Refuses("POST /v1/apply", 400, new(ErrorKind.InvalidArgument, "The state has 1 fault.", "flow", "Correct it.", [new("flow", "\"veth20\" is not a port", 42, ["veth200", "veth202"])]));
        var unknown = (await server.CallAsync("add_flow", ("node", "vps"), ("flow", Flow))).Refusal();
        node.Refuses("POST /v1/apply", 409, new(ErrorKind.Conflict, "Generation 6 by bob waits for confirmation, 42 s left.", "generation", "Keep it with confirm_change generation 6 or undo it with rollback_change, then make your change again."));
        var waiting = (await server.CallAsync("add_flow", ("node", "vps"), ("flow", Flow))).Refusal();

        Assert.Contains("- flow at character 42: \"veth20\" is not a port; did you mean veth200 or veth202?", unknown);
        Assert.Contains("42 s left", waiting);
        Assert.Contains("confirm_change generation 6", waiting);
    }

    [Fact]
    public async Task A_state_is_taken_as_an_object_or_as_its_text()
    {
        await using var node = await ScriptedNode.StartAsync();
        node.Says("POST /v1/plan", new Plan("p9", [Changes.Step with { TouchesManagement = true }], [new("unmanaged", "lxc", "no system looks after it")]), MeshJson.Default.Plan);
        await using var server = await ToolServer.StartAsync(("vps", node.Endpoint));

        var fromObject = await server.CallAsync("plan_state", ("node", "vps"), ("state", new { bridge = new { address = "10.1.0.1/24" } }));
        await server.CallAsync("plan_state", ("node", "vps"), ("state", """{"bridge":{"address":"10.1.0.1/24"}}"""));

        Assert.Equal($"1 step on vps, plan p9\nIt touches the way to the node, so it will have to be confirmed.\nTo do it: apply_state with the same state and \"expectedDigest\":\"p9\".\n- openflow: add 1 flow (touches management)\nunmanaged: lxc: no system looks after it\n  + {Flow}", fromObject.Said());
        Assert.Equal(node.Seen[0].Body, node.Seen[1].Body);
        Assert.Contains("line 1, column 2", (await server.CallAsync("plan_state", ("node", "vps"), ("state", "{oops"))).Refusal());
        Assert.Contains("must be object, not string", (await server.CallAsync("apply_state", ("node", "vps"), ("state", "[]"))).Refusal());
    }
}
