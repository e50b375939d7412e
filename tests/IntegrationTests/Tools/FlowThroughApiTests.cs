using System.Text.Json;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.Trust;
using MeshMcp.IntegrationTests.Server;
using MeshMcp.TestKit;
using Xunit;

namespace MeshMcp.IntegrationTests.Tools;

/// <summary>REST, the real agent and a real Open vSwitch.</summary>
public sealed class FlowThroughApiTests : IAsyncLifetime
{
    const string State = """
        {
          "bridge": { "address": "10.1.0.1/24", "datapath": "netdev", "ports": [ { "name": "veth200" }, { "name": "veth201" } ] },
          "openflow": { "bridges": { "mesh": { "flows": [ "priority=200,arp,actions=normal", "priority=0,actions=drop" ] } } }
        }
        """;

    const string Flow = "priority=150,udp,tp_dst=53,actions=output:veth201", Flows = "/v1/nodes/testnode/flows", StatePath = "/v1/nodes/testnode/state";

    PrivateNode _node = null!;
    ApiCaller _api = null!;

    public async ValueTask InitializeAsync()
    {
        _node = await PrivateNode.StartAsync("veth200", "veth201");
        _api = await ApiCaller.StartAsync(("testnode", new NodeEndpoint.Local(_node.Socket)));
        await _node.ApplyAsync(State);
    }

    public async ValueTask DisposeAsync()
    {
        await _api.DisposeAsync();
        await _node.DisposeAsync();
    }

    [Fact]
    public async Task A_flow_is_added_listed_traced_and_taken_back_each_by_one_request()
    {
        Assert.Equal("1", (await _api.SendAsync("GET", "/v1/nodes"))["reachable"]);
        var added = await _api.SendAsync("POST", Flows, new { flow = Flow, why = "names" });
        Assert.Equal((200, "done"), (added.Status, added["outcome"]));
        Assert.Contains(await _node.FlowsAsync(), f => f.Contains("udp,tp_dst=53 actions=output:201"));
        Assert.Equal("1", (await _api.SendAsync("GET", $"{Flows}?match=udp&limit=5&ours=true"))["matching"]);
        Assert.Contains("veth201", (await _api.SendAsync("POST", "/v1/nodes/testnode/trace", new { packet = "in_port=veth200,udp,tp_dst=53" }))["verdict"]);
        Assert.Contains("names", (await _api.SendAsync("GET", "/v1/history?node=testnode")).Text);
        Assert.Contains("\"flows\":3", (await _api.SendAsync("GET", "/v1/topology")).Text);

        var deleted = await _api.SendAsync("DELETE", $"{Flows}?flow={Uri.EscapeDataString("udp,tp_dst=53")}");

        Assert.Equal((200, "True"), (deleted.Status, deleted["changed"]));
        Assert.DoesNotContain(await _node.FlowsAsync(), f => f.Contains("udp"));
        var audit = await _node.Client.AuditAsync(new() { Limit = 10 }, TestContext.Current.CancellationToken);
        Assert.Contains(audit, e => e is { Caller: "uid 0", Says: "operator", Tool: "delete_flow" });
    }

    [Fact]
    public async Task A_state_is_replaced_only_while_it_is_the_one_that_was_read()
    {
        var read = await _api.SendAsync("GET", $"{StatePath}?view=declared");
        var document = read.Body.GetProperty("state").GetRawText();
        Assert.NotNull(read.ETag);
        Assert.Contains("digest", (await _api.SendAsync("POST", "/v1/nodes/testnode/plan", document)).Text);
        Assert.Equal("nothingToDo", (await _api.SendAsync("PUT", StatePath, document, ifMatch: read.ETag))["outcome"]);
        await _api.SendAsync("POST", Flows, new { flow = Flow });

        var stale = await _api.SendAsync("PUT", StatePath, document, ifMatch: read.ETag);

        Assert.Equal((412, "application/problem+json", "Conflict", "expectedRevision"), (stale.Status, stale.Type, stale["kind"], stale["target"]));
        var fresh = await _api.SendAsync("GET", $"{StatePath}?view=declared");
        Assert.NotEqual(read.ETag, fresh.ETag);
        var shorter = document.Replace("\"priority=200,arp,actions=normal\",", "", StringComparison.Ordinal);
        Assert.Equal("done", (await _api.SendAsync("PUT", $"{StatePath}?why=shorter", shorter, ifMatch: fresh.ETag))["outcome"]);
        Assert.Contains(await _node.FlowsAsync(), f => f.Contains("udp"));
        Assert.DoesNotContain(await _node.FlowsAsync(), f => f.Contains("arp"));
    }

    [Fact]
    public async Task A_change_tells_its_progress_as_events_and_then_its_result()
    {
        var told = await _api.SendAsync("POST", Flows, new { flow = Flow }, accept: "text/event-stream");
        var events = told.Text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal(("text/event-stream", true), (told.Type, told.Closes));
        Assert.Contains(events, e => e.StartsWith("event: progress\ndata: {", StringComparison.Ordinal) && e.Contains("verifying", StringComparison.Ordinal));
        Assert.StartsWith("event: result\ndata: {", events[^1], StringComparison.Ordinal);
        Assert.Contains("\"node\":\"testnode\",\"changed\":true", events[^1], StringComparison.Ordinal);
        var refused = await _api.SendAsync("POST", Flows, new { flow = "priority=1,tpc,actions=drop" }, accept: "text/event-stream");
        Assert.StartsWith("event: problem\n", refused.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_change_that_waits_is_kept_over_a_new_connection_or_undone()
    {
        var waiting = await _api.SendAsync("POST", Flows, new { flow = Flow, confirmWithin = 60 });
        Assert.Equal(("held", true), (waiting["outcome"], waiting.Closes));
        var second = await _api.SendAsync("POST", Flows, new { flow = "priority=9,actions=drop" });
        Assert.Equal(409, second.Status);
        Assert.Equal("POST /v1/nodes/{node}/generations/{generation}/confirm", second.Body.GetProperty("operations").GetProperty("confirm_change").GetString());

        var kept = await _api.SendAsync("POST", $"/v1/nodes/testnode/generations/{waiting["generation"]}/confirm");
        Assert.Equal((200, "done"), (kept.Status, kept["outcome"]));

        await _api.SendAsync("POST", Flows, new { flow = "priority=9,udp,actions=drop", confirmWithin = 60 });
        Assert.Equal("undone", (await _api.SendAsync("POST", "/v1/nodes/testnode/rollback"))["outcome"]);
        Assert.DoesNotContain(await _node.FlowsAsync(), f => f.Contains("priority=9"));
        Assert.Equal("done", (await _api.SendAsync("POST", "/v1/nodes/testnode/rollback", new { to = 1 }))["outcome"]);
        Assert.DoesNotContain(await _node.FlowsAsync(), f => f.Contains("udp"));
    }

    [Fact]
    public async Task What_is_wrong_is_a_problem_that_says_what_and_where()
    {
        var json = await _api.SendAsync("PUT", StatePath, "{\n  \"bridge\": nonsense }");
        Assert.Equal((400, "application/problem+json", "The body is no JSON: line 2, column 14."), (json.Status, json.Type, json["detail"]));
        var field = await _api.SendAsync("POST", "/v1/nodes/testnode/plan", """{"brige":{}}""");
        Assert.Equal((400, StatePath.Replace("state", "plan", StringComparison.Ordinal)), (field.Status, field["instance"]));
        Assert.Contains(field.Problems, p => p.StartsWith("brige: Unknown field. There are: ", StringComparison.Ordinal));
        var argument = await _api.SendAsync("POST", Flows, new { flwo = Flow });
        Assert.Equal(["flwo: there is no such argument; there are: node, flow, bridge, for, confirmWithin, why, dryRun", "flow: this argument is required"], argument.Problems);
        Assert.Equal(["limit: must be integer, not string"], (await _api.SendAsync("GET", $"{Flows}?limit=many")).Problems);
        Assert.Equal(["flow: is given twice"], (await _api.SendAsync("POST", $"{Flows}?flow=x", new { flow = Flow })).Problems);
        var flow = await _api.SendAsync("POST", Flows, new { flow = "priority=1,tcp,tp_dts=80,actions=drop" });
        Assert.Equal(15, flow.Body.GetProperty("problems")[0].GetProperty("position").GetInt32());
        var node = await _api.SendAsync("GET", "/v1/nodes/tesnode/flows");
        Assert.Equal((404, "There is no node 'tesnode'.", "The nodes are: testnode."), (node.Status, node["detail"], node["hint"]));
        Assert.Equal((404, 405), ((await _api.SendAsync("GET", "/v1/nothing")).Status, (await _api.SendAsync("PATCH", Flows)).Status));
    }

    [Fact]
    public async Task Without_a_token_nothing_and_with_a_small_one_little()
    {
        foreach (var path in new[] { "/v1/nodes", Flows, StatePath, "/v1/topology", "/v1/openapi.json", "/mcp" })
        {
            var refused = await _api.SendAsync("GET", path, token: "");
            Assert.Equal((401, "application/problem+json"), (refused.Status, refused.Type));
        }
        var reader = _api.TokenOf("reader", Scope.Read);
        Assert.Equal(200, (await _api.SendAsync("GET", Flows, token: reader)).Status);
        var change = await _api.SendAsync("POST", Flows, new { flow = Flow }, token: reader);
        Assert.Equal((403, "add_flow needs scope 'operate', which 'reader' does not have"), (change.Status, change["detail"]));
        var elsewhere = _api.TokenOf("elsewhere", Scope.Admin, "othernode");
        Assert.Equal(403, (await _api.SendAsync("GET", Flows, token: elsewhere)).Status);
        Assert.Equal("{\"nodes\":[]}", (await _api.SendAsync("GET", "/v1/topology", token: elsewhere)).Text.Trim());
        Assert.DoesNotContain(await _node.FlowsAsync(), f => f.Contains("udp"));
    }

    [Fact]
    public async Task The_topology_is_told_anew_whenever_it_has_changed_until_the_token_is_revoked()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await using var lines = _api.ListenAsync("/v1/topology", _api.TokenOf("watcher", Scope.Read), patience.Token).GetAsyncEnumerator(patience.Token);
        Assert.Contains("\"flows\":2", await NextAsync());
        await _api.SendAsync("POST", Flows, new { flow = Flow });
        Assert.Contains("\"flows\":3", await NextAsync());

        _api.Revoke("watcher");
        Assert.Null(await NextAsync());

        async Task<string?> NextAsync()
        {
            while (await lines.MoveNextAsync())
                if (lines.Current.StartsWith("data: ", StringComparison.Ordinal)) return lines.Current;
            return null;
        }
    }

    [Fact]
    public async Task The_description_names_every_operation()
    {
        var document = (await _api.SendAsync("GET", "/v1/openapi.json")).Body;
        Assert.Equal("add_flow", document.GetProperty("paths").GetProperty("/v1/nodes/{node}/flows").GetProperty("post").GetProperty("operationId").GetString());
        Assert.Equal(JsonValueKind.Object, document.GetProperty("components").GetProperty("schemas").GetProperty("ChangeReport").ValueKind);
    }
}
