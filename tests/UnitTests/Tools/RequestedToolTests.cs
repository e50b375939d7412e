using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.State;
using MeshMcp.TestServers;
using MeshMcp.Tools;
using Xunit;

namespace MeshMcp.UnitTests.Tools;

/// <summary>What meshctl can, tools of the toolsets diagnose, documents and setup can: each answer has a bound that it says, and a cursor to what comes next.</summary>
public sealed class RequestedToolTests
{
    const int MostCharacters = 12_000;

    static readonly DateTimeOffset At = new(2026, 11, 22, 10, 0, 0, TimeSpan.Zero);

    static readonly string Long = string.Concat(Enumerable.Repeat("very long ", 500));

    /// <summary>The tools that list, with the member that holds the rows.</summary>
    public static TheoryData<string, string> Lists => new()
    {
        { "check_node", "checks" }, { "list_ports", "listening" }, { "list_events", "events" }, { "search_audit", "entries" }, { "diff_states", "items" },
        { "list_edits", "edits" }, { "list_templates", "templates" }, { "list_secrets", "secrets" },
    };

    [Theory, MemberData(nameof(Lists))]
    public async Task However_much_a_node_has_an_answer_is_bounded_and_its_cursor_leads_through_all_of_it_once(string tool, string member)
    {
        await using var vps = await FullNodeAsync(300);
        await using var server = await ToolServer.WithAsync(MeshTools.ToolsetNames, ("vps", vps.Endpoint));
        var seen = new List<string>();
        int? cursor = null;
        do
        {
            var result = await server.CallAsync(tool, [("node", "vps"), .. tool == "diff_states" ? [("from", (object?)"1")] : Array.Empty<(string, object?)>(), .. tool is "list_events" or "search_audit" or "list_edits" ? [("limit", (object?)200)] : Array.Empty<(string, object?)>(), .. cursor is null ? [] : new[] { ("cursor", (object?)cursor) }]);
            var answer = result.StructuredContent!.Value;
            Assert.InRange(result.Said().Length, 1, MostCharacters);
            Assert.InRange(answer.GetRawText().Length, 1, MostCharacters * 2);
            seen.AddRange(answer.GetProperty(member).EnumerateArray().Select(r => r.GetRawText()));
            cursor = answer.TryGetProperty("nextCursor", out var next) ? next.GetInt32() : null;
            Assert.Equal(cursor is not null, result.Said().Contains($"More with cursor {cursor}.", StringComparison.Ordinal));
            if (cursor is not null) Assert.Contains("Cut at 6000 characters.", result.Said(), StringComparison.Ordinal);
        }
        while (cursor is not null);

        Assert.Equal(300, seen.Count);
        Assert.Equal(300, seen.Distinct().Count());
    }

    [Theory, MemberData(nameof(Lists))]
    public async Task A_node_that_has_nothing_is_told_as_that(string tool, string member)
    {
        await using var vps = await FullNodeAsync(0);
        await using var server = await ToolServer.WithAsync(MeshTools.ToolsetNames, ("vps", vps.Endpoint));

        var result = await server.CallAsync(tool, [("node", "vps"), .. tool == "diff_states" ? [("from", (object?)"1")] : Array.Empty<(string, object?)>()]);

        Assert.Matches(@"\b(0|no)\b", result.Said());
        Assert.False(result.StructuredContent!.Value.TryGetProperty(member, out _));
    }

    [Fact]
    public async Task What_is_broken_comes_with_what_to_do_and_what_is_fine_only_where_it_is_asked_for()
    {
        await using var vps = await RichNode.StartAsync();
        await using var server = await ToolServer.WithAsync(["diagnose"], ("vps", vps.Endpoint));

        Assert.Equal("vps: 1 broken, 1 warning, 1 fine\nbroken: programs: nft: It is not there. Install nftables.\nwarning: mesh: certificate: It ends soon. Renew it: on the node, as root: meshctl node renew",
            (await server.CallAsync("check_node", ("node", "vps"))).Said());
        Assert.Contains("fine: kernel: kernel: 6.1", (await server.CallAsync("check_node", ("node", "vps"), ("all", true))).Said(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Published_ports_are_told_also_where_a_node_cannot_tell_what_listens()
    {
        await using var vps = await RichNode.StartAsync();
        vps.Refuses("GET /v1/listeners", 404, new(ErrorKind.NotFound, "There is no GET /v1/listeners here."));
        await using var server = await ToolServer.WithAsync(["diagnose"], ("vps", vps.Endpoint));

        Assert.Equal("vps: 2 published, 0 listening; uplink eth0 with 203.0.113.10\n192.168.1.5 is private (RFC 1918): from the internet it is reached only if the router before this node forwards what is published to it.\nWhat listens is not known: There is no GET /v1/listeners here.\n"
            + "published tcp/443: container 202, target 10.1.0.202:443, everybody, live, 12 connections\npublished udp/53: container 100, target 10.1.0.100:53, sources 198.51.100.0/24, not live yet, 0 connections",
            (await server.CallAsync("list_ports", ("node", "vps"))).Said());
    }

    [Fact]
    public async Task A_search_of_the_audit_asks_the_node_for_what_was_said_and_a_wrong_time_is_refused_before()
    {
        await using var vps = await ScriptedNode.StartAsync();
        var asked = "";
        vps.On("GET /v1/audit", context =>
        {
            asked = Uri.UnescapeDataString(context.Request.QueryString.Value!);
            return Microsoft.AspNetCore.Http.HttpResponseJsonExtensions.WriteAsJsonAsync<IReadOnlyList<AuditEntry>>(context.Response, [], MeshJson.Default.IReadOnlyListAuditEntry);
        });
        await using var server = await ToolServer.WithAsync(["diagnose"], ("vps", vps.Endpoint));

        await server.CallAsync("search_audit", ("node", "vps"), ("caller", "alice"), ("action", "add_flow"), ("text", "a&b"), ("since", "2027-01-31T08:00Z"), ("refused", true), ("limit", 5), ("cursor", 40));

        Assert.Equal("?limit=6&before=40&caller=alice&action=add_flow&text=a&b&since=2027-01-31T08:00:00.0000000+00:00&refused=true", asked);
        Assert.StartsWith("InvalidArgument: \"01/02/2027\" can be read as two days.", (await server.CallAsync("search_audit", ("node", "vps"), ("until", "01/02/2027"))).Refusal(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_sides_of_a_state_are_compared_as_two_generations_are_and_one_of_each_is_refused()
    {
        await using var vps = await RichNode.StartAsync();
        vps.On("GET /v1/state", context => Microsoft.AspNetCore.Http.HttpResponseJsonExtensions.WriteAsJsonAsync(context.Response,
            new StateView(context.Request.Query["view"]!, new() { Bridge = new() { Address = context.Request.Query["view"] == "observed" ? "10.1.0.2/24" : "10.1.0.1/24" } }, 3, []), MeshJson.Default.StateView));
        await using var server = await ToolServer.WithAsync(["documents"], ("vps", vps.Endpoint));

        Assert.Equal("2 items differ from generation 3 to generation 7 of vps\n- bridge.address: \"10.1.0.1/24\"\n+ lxc.containers[100]: {\"id\":\"100\"}",
            (await server.CallAsync("diff_states", ("node", "vps"), ("from", 3))).Said());
        Assert.Equal("1 item differs from declared to observed of vps\n~ bridge.address: \"10.1.0.1/24\" -> \"10.1.0.2/24\"", (await server.CallAsync("diff_states", ("node", "vps"), ("from", "declared"), ("to", "observed"))).Said());
        Assert.StartsWith("0 items differ from declared to desired of vps", (await server.CallAsync("diff_states", ("node", "vps"), ("from", "declared"))).Said(), StringComparison.Ordinal);
        foreach (var (from, to) in new[] { ("3", "observed"), ("declared", "7"), ("wished", "observed"), ("1,2", "observed"), ("-1", "2") })
            Assert.StartsWith("InvalidArgument: ", (await server.CallAsync("diff_states", ("node", "vps"), ("from", from), ("to", to))).Refusal(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_section_has_its_schema_which_refers_to_nothing_outside_itself()
    {
        await using var server = await ToolServer.WithAsync(["documents"]);

        var whole = (await server.CallAsync("get_schema")).StructuredContent!.Value.GetProperty("schema").GetProperty("properties").GetRawText();
        foreach (var section in NodeState.Sections)
        {
            var schema = (await server.CallAsync("get_schema", ("section", section))).StructuredContent!.Value.GetProperty("schema").GetRawText();
            Assert.DoesNotContain("$ref", schema, StringComparison.Ordinal);
            Assert.InRange(schema.Length, 10, 6000);
        }
        Assert.All(NodeState.Sections, s => Assert.Contains($"\"{s}\":", whole, StringComparison.Ordinal));
        Assert.Contains("did you mean lxc?", (await server.CallAsync("get_schema", ("section", "lcx"))).Refusal(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_document_is_judged_with_every_fault_and_its_path_and_planned_by_nobody()
    {
        await using var vps = await RichNode.StartAsync();
        await using var server = await ToolServer.WithAsync(["documents"], ("vps", vps.Endpoint));

        Assert.Equal($"vps would not take this document: 1 fault.\nbridge.address: is no address (position 3) (nearest: 10.1.0.1/24)\nwaiting: {RichNode.Waits.Path}: {RichNode.Waits.Message}",
            (await server.CallAsync("validate_state", ("node", "vps"), ("state", new { bridge = new { address = "x" } }))).Said());
        Assert.Equal("""{"bridge":{"address":"x"}}""", Assert.Single(vps.Seen).Body);
        vps.Says("POST /v1/validate", new StateCheck([], []), MeshJson.Default.StateCheck);
        Assert.Equal("vps would take this document: it has no faults.", (await server.CallAsync("validate_state", ("node", "vps"), ("state", new { }))).Said());
        vps.Says("POST /v1/validate", new StateCheck([.. Enumerable.Range(0, 300).Select(i => new Problem($"p[{i}]", "is wrong, and more than that it is long"))], []), MeshJson.Default.StateCheck);
        var many = await server.CallAsync("validate_state", ("node", "vps"), ("state", new { }));
        Assert.Matches("Cut at 6000 characters: [0-9]+ of 300 faults", many.Said());
        Assert.InRange(many.Said().Length, 1, MostCharacters);
    }

    [Fact]
    public async Task Of_secrets_names_and_kinds_are_told_and_nothing_that_is_made_of_their_content()
    {
        await using var vps = await RichNode.StartAsync();
        await using var server = await ToolServer.WithAsync(["setup"], ("vps", vps.Endpoint));

        var result = await server.CallAsync("list_secrets", ("node", "vps"));

        Assert.Contains("\nwarp-profile: kind warp-profile, 2026-11-22 10:00:00Z\nold: 2026-11-22 10:00:00Z", result.Said(), StringComparison.Ordinal);
        Assert.DoesNotContain("abcdef", result.StructuredContent!.Value.GetRawText(), StringComparison.Ordinal);
        Assert.DoesNotContain("500", result.StructuredContent.Value.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_invitation_says_until_when_and_for_which_name_as_it_was_asked_for()
    {
        await using var vps = await RichNode.StartAsync();
        await using var server = await ToolServer.WithAsync(["setup"], ("vps", vps.Endpoint));

        await server.CallAsync("invite_node", ("node", "vps"), ("name", "edge1"), ("expires", "1d"), ("again", true));

        var asked = System.Text.Json.JsonSerializer.Deserialize(Assert.Single(vps.Seen, s => s.Name == "POST /v1/invites").Body, MeshJson.Default.InviteRequest)!;
        Assert.Equal(("edge1", true), (asked.Node, asked.Again));
        Assert.InRange(asked.ExpiresIn, 86_390, 86_400);
    }

    /// <summary>With so many of each thing that is listed, each with long texts, and pages as a node gives them.</summary>
    static async Task<ScriptedNode> FullNodeAsync(int count)
    {
        var vps = await ScriptedNode.StartAsync();
        int[] numbers = [.. Enumerable.Range(1, count)], newest = [.. numbers.Reverse()];
        vps.Says("GET /v1/checkup", new Checkup("vps", [.. numbers.Select(i => new Check("tunnels", $"tunnel {i}", Health.Broken, "It is down.", "Look at it."))]), MeshJson.Default.Checkup);
        vps.Says("GET /v1/uplink", new UplinkStatus(null, [], [], 0), MeshJson.Default.UplinkStatus);
        vps.Says("GET /v1/listeners", new ListenerList([.. numbers.Select(i => new Listener("tcp", "0.0.0.0", i, "sshd"))]), MeshJson.Default.ListenerList);
        vps.Says("GET /v1/diff", new StateDiff(1, 2, [.. numbers.Select(i => new ItemDifference($"x[{i}]", Long, null))]), MeshJson.Default.StateDiff);
        vps.Says("GET /v1/templates", new TemplateList([.. numbers.Select(i => new Template($"template-{i}", "folder", At))]), MeshJson.Default.TemplateList);
        vps.Says("GET /v1/secrets", new SecretList([.. numbers.Select(i => new StoredSecret($"secret-{i}", At, 1, "x", SecretKind.File))]), MeshJson.Default.SecretList);
        Pages<IReadOnlyList<NodeEvent>>("GET /v1/events/recent", found => [.. found.Select(i => new NodeEvent(At, "healed", Long) { Number = i })], MeshJson.Default.IReadOnlyListNodeEvent);
        Pages<IReadOnlyList<AuditEntry>>("GET /v1/audit", found => [.. found.Select(i => new AuditEntry(i, At, "vps", "uid 0", "apply", Long, Long, null, "p", "h"))], MeshJson.Default.IReadOnlyListAuditEntry);
        Pages("GET /v1/edits", found => new EditList(count, [.. found.Select(i => new ListedEdit(i, EditStatus.InEffect, At, "alice", null, "x", Long, null, null))]), MeshJson.Default.EditList);
        return vps;

        void Pages<T>(string request, Func<IEnumerable<int>, T> of, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type) => vps.On(request, context =>
        {
            var (limit, before) = (int.Parse(context.Request.Query["limit"]!), int.TryParse(context.Request.Query["before"], out var number) ? number : int.MaxValue);
            return Microsoft.AspNetCore.Http.HttpResponseJsonExtensions.WriteAsJsonAsync(context.Response, of(newest.Where(i => i < before).Take(limit)), type);
        });
    }
}
