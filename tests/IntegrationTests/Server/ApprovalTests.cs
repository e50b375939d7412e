using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using MeshMcp.Contracts.Trust;
using MeshMcp.Server.Http;
using MeshMcp.Server.Mcp;
using MeshMcp.TestKit;
using MeshMcp.Tools.Calls;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using Xunit;

namespace MeshMcp.IntegrationTests.Server;

/// <summary>A step that nothing can undo waits for the user, through the real client in both dialects, and by hand where a client would cheat.</summary>
public sealed class ApprovalTests : IAsyncDisposable
{
    const string Accept = "accept", Capable = """{ "elicitation": {} }""";

    readonly string _folder = Directory.CreateTempSubdirectory("meshmcp-approval-").FullName;
    readonly HandClock _clock = new();
    readonly List<string> _questions = [];
    readonly List<ElicitRequestParams.RequestSchema> _forms = [];
    WebApplication? _app;
    TokenFile? _tokens;
    string _digest = "4f1c09ab";
    string _more = "";
    int _purged;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        if (_app is not null) await _app.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory, InlineData(null), InlineData(RawMcp.Session)]
    public async Task The_user_is_asked_once_and_what_is_approved_is_done_once(string? version)
    {
        await StartAsync();
        await using var client = await ConnectAsync(version, Accept);

        var result = await PurgeAsync(client);

        Assert.Equal("purged 105 on vps", result.Content.ToText());
        Assert.Equal(["This cannot be undone. Node vps: purge container 105. Plan 4f1c09ab. To accept without choosing that keeps everything as it is."], _questions);
        Assert.Equal(1, _purged);
    }

    [Theory]
    [InlineData(null, "decline", true, "The user did not approve: purge container 105 on vps. Nothing was done.")]
    [InlineData(null, "cancel", true, "The user did not approve: purge container 105 on vps. Nothing was done.")]
    [InlineData(null, "decline", false, "The client declined at once, before anybody could read the question: purge container 105 on vps. Nothing was done.")]
    [InlineData(RawMcp.Session, "decline", true, "The user did not approve: purge container 105 on vps. Nothing was done.")]
    [InlineData(RawMcp.Session, "cancel", false, "The client declined at once, before anybody could read the question: purge container 105 on vps. Nothing was done.")]
    public async Task Whoever_does_not_say_yes_says_no_and_a_client_that_asked_nobody_is_told_as_that(string? version, string action, bool thinks, string said)
    {
        await StartAsync();
        await using var client = await ConnectAsync(version, action, thinks: thinks);

        var result = await PurgeAsync(client);

        Assert.True(result.IsError);
        Assert.StartsWith($"PermissionDenied: {said}", result.Content.ToText(), StringComparison.Ordinal);
        Assert.Equal((1, 0), (_questions.Count, _purged));
    }

    /// <summary>As one key does in a dialog where Accept is preselected.</summary>
    [Theory]
    [InlineData(null, null)]
    [InlineData(null, "keep everything as it is")]
    [InlineData(RawMcp.Session, null)]
    [InlineData(RawMcp.Session, "keep everything as it is")]
    public async Task To_accept_without_choosing_it_keeps_everything(string? version, string? choice)
    {
        await StartAsync();
        await using var client = await ConnectAsync(version, Accept, choice);

        var result = await PurgeAsync(client);

        Assert.StartsWith("PermissionDenied: The user chose to keep everything as it is: purge container 105 on vps is not done.", result.Content.ToText(), StringComparison.Ordinal);
        Assert.Equal((1, 0), (_questions.Count, _purged));
        var form = Assert.Single(_forms);
        Assert.True(form.Required is null or { Count: 0 });
        var field = Assert.IsType<ElicitRequestParams.UntitledSingleSelectEnumSchema>(Assert.Single(form.Properties).Value);
        Assert.Equal(["keep everything as it is", "purge container 105"], field.Enum);
        Assert.Equal("keep everything as it is", field.Default);
    }

    [Theory]
    [InlineData(null, "decline")]
    [InlineData(null, "cancel")]
    [InlineData(RawMcp.Session, "decline")]
    [InlineData(RawMcp.Session, "cancel")]
    public async Task A_form_that_was_filled_in_and_then_turned_away_approves_nothing(string? version, string action)
    {
        await StartAsync();
        await using var client = await ConnectAsync(version, action, filled: true);

        Assert.True((await PurgeAsync(client)).IsError);
        Assert.Equal((1, 0), (_questions.Count, _purged));
    }

    [Theory, InlineData(null), InlineData(RawMcp.Session)]
    public async Task A_model_cannot_approve_where_the_user_can_be_asked(string? version)
    {
        await StartAsync();
        await using var client = await ConnectAsync(version, "decline");

        Assert.True((await PurgeAsync(client, "4f1c09ab")).IsError);
        Assert.Equal((1, 0), (_questions.Count, _purged));
    }

    [Theory, InlineData(null), InlineData(RawMcp.Session)]
    public async Task A_client_that_cannot_ask_plans_first_and_repeats_the_digest(string? version)
    {
        await StartAsync();
        await using var client = await ConnectAsync(version, null);

        var first = await PurgeAsync(client);
        Assert.True(first.IsError);
        Assert.StartsWith("ConfirmationRequired: This cannot be undone: purge container 105 on vps. Nothing was done yet.", first.Content.ToText(), StringComparison.Ordinal);
        Assert.Contains("\"approve\": \"4f1c09ab\"", first.Content.ToText(), StringComparison.Ordinal);

        var other = await PurgeAsync(client, "00000000");
        Assert.StartsWith("Conflict: '00000000' approves another plan", other.Content.ToText(), StringComparison.Ordinal);
        Assert.Equal(0, _purged);

        Assert.Equal("purged 105 on vps", (await PurgeAsync(client, "4f1c09ab")).Content.ToText());
    }

    [Theory]
    [InlineData(null, ApprovalPolicy.Ask)]
    [InlineData(RawMcp.Session, ApprovalPolicy.Ask)]
    [InlineData(null, ApprovalPolicy.Deny)]
    [InlineData(RawMcp.Session, ApprovalPolicy.Deny)]
    public async Task Where_policy_forbids_a_digest_approves_nothing(string? version, ApprovalPolicy policy)
    {
        await StartAsync(policy);
        await using var client = await ConnectAsync(version, null);

        var result = await PurgeAsync(client, "4f1c09ab");

        Assert.StartsWith("PermissionDenied:", result.Content.ToText(), StringComparison.Ordinal);
        Assert.Equal(0, _purged);
    }

    [Fact]
    public async Task Under_deny_nobody_is_even_asked()
    {
        await StartAsync(ApprovalPolicy.Deny);
        await using var client = await ConnectAsync(null, Accept);

        Assert.Contains("meshctl", (await PurgeAsync(client)).Content.ToText(), StringComparison.Ordinal);
        Assert.Equal((0, 0), (_questions.Count, _purged));
    }

    [Fact]
    public async Task An_approval_counts_once_in_time_unchanged_for_its_caller_and_for_its_arguments()
    {
        await StartAsync();
        using var alice = Raw("alice");
        using var bob = Raw("bob");

        var state = await AskedAsync(alice);
        Assert.Contains("does not count", await AnswerAsync(alice, state[..^4] + (state[^4] == 'A' ? "BAAA" : "AAAA")), StringComparison.Ordinal);
        Assert.Contains("does not count", await AnswerAsync(bob, state), StringComparison.Ordinal);
        Assert.Contains("does not count", await AnswerAsync(alice, state, id: "106"), StringComparison.Ordinal);
        Assert.Contains("does not count", await AnswerAsync(alice, state, node: "oo1424oo"), StringComparison.Ordinal);
        Assert.Contains("does not count", await AnswerAsync(alice, null), StringComparison.Ordinal);
        Assert.Equal(0, _purged);

        Assert.Equal("purged 105 on vps", await AnswerAsync(alice, state));
        Assert.Contains("does not count", await AnswerAsync(alice, state), StringComparison.Ordinal);

        var late = await AskedAsync(alice);
        _clock.Now += TimeSpan.FromMinutes(11);
        Assert.Contains("does not count", await AnswerAsync(alice, late), StringComparison.Ordinal);
        Assert.Equal(1, _purged);
    }

    [Theory]
    [InlineData(""" "yes" """)]
    [InlineData("""{ "action": 7 }""")]
    [InlineData("""{ "action": "accept", "content": "yes" }""")]
    [InlineData("""{ "action": "accept", "content": {} }""")]
    [InlineData("""{ "action": "accept", "content": { "choice": "purge container 106" } }""")]
    [InlineData("""{ "action": "accept", "content": { "approve": true } }""")]
    [InlineData("""{ "action": "accept", "content": { "choice": true } }""")]
    public async Task An_answer_of_another_form_is_no_approval(string answer)
    {
        await StartAsync();
        using var alice = Raw("alice");
        var state = await AskedAsync(alice);

        var said = await CallAsync(alice, state, answer: answer);

        Assert.DoesNotContain("purged", said.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal(0, _purged);
    }

    [Theory]
    [InlineData("""{ "elicitation": {} }""", true)]
    [InlineData("""{ "elicitation": { "form": {} } }""", true)]
    [InlineData("""{ "elicitation": { "form": {}, "url": {} } }""", true)]
    [InlineData("""{ "elicitation": { "url": {} } }""", false)]
    [InlineData("{}", false)]
    public async Task Only_a_client_that_can_show_a_form_is_asked(string capable, bool asked)
    {
        await StartAsync();
        using var alice = Raw("alice");

        var result = (await CallAsync(alice, null, answered: false, capable: capable))["result"]!;

        Assert.Equal(asked ? "input_required" : "complete", result["resultType"]?.GetValue<string>() ?? "complete");
        Assert.Equal(0, _purged);
    }

    [Fact]
    public async Task When_the_plan_changed_while_the_user_thought_the_user_is_asked_again()
    {
        await StartAsync();
        using var alice = Raw("alice");
        var state = await AskedAsync(alice);

        // The step's words, too, are others where there is more to purge.
        (_digest, _more) = ("99999999", " and 1 in the trash");
        var again = await CallAsync(alice, state);

        Assert.Equal("input_required", again["result"]!["resultType"]!.GetValue<string>());
        Assert.Contains("Plan 99999999", again.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal(0, _purged);
        var said = await CallAsync(alice, again["result"]!["requestState"]!.GetValue<string>(), answer: """{ "action": "accept", "content": { "choice": "purge container 105 and 1 in the trash" } }""");
        Assert.Contains("purged 105 on vps", said.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_digest_names_exactly_its_parts()
    {
        Assert.Equal(Approval.DigestOf("vps", "join", "net"), Approval.DigestOf("vps", "join", "net"));
        Assert.NotEqual(Approval.DigestOf("vps", "joinnet"), Approval.DigestOf("vps", "join", "net"));
        Assert.Matches("^[0-9a-f]{16}$", Approval.DigestOf("vps"));
    }

    async Task StartAsync(ApprovalPolicy policy = ApprovalPolicy.Digest)
    {
        _tokens = new(Path.Combine(_folder, "tokens.json"), TimeProvider.System);
        _app = HttpHost.Build(new(new(IPAddress.Loopback, 0), Tokens: _tokens), new McpSurface(services => services.AddSingleton(new Approvals(_clock, policy)), _ => new McpServerOptions
        {
            ServerInfo = new() { Name = "test", Version = "1" },
            ToolCollection = [McpServerTool.Create(PurgeToolAsync, new() { Name = "purge" })],
        }));
        await _app.StartAsync(Ct);
    }

    /// <summary>As the product's tools do it.</summary>
    async Task<string> PurgeToolAsync(RequestContext<CallToolRequestParams> context, string node, string id, string? approve = null, CancellationToken ct = default)
    {
        await Approval.RequireAsync(context, node, $"purge\ncontainer {id}{_more}", _digest, ct);
        Interlocked.Increment(ref _purged);
        return $"purged {id} on {node}{(approve is null ? "" : "")}";
    }

    /// <param name="action">What the user does; null for a client that cannot ask.</param>
    /// <param name="choice">What of the form the user chooses; null: nothing.</param>
    /// <param name="thinks">Whether that takes a while.</param>
    Task<McpClient> ConnectAsync(string? version, string? action, string? choice = "purge container 105", bool thinks = true, bool filled = false) => McpClient.CreateAsync(
        new HttpClientTransport(new()
        {
            Endpoint = new($"{_app!.Urls.Single()}/mcp"),
            AdditionalHeaders = new Dictionary<string, string> { ["Authorization"] = $"Bearer {_tokens!.Create($"t{Guid.NewGuid():N}", [Scope.Admin])}" },
        }),
        new()
        {
            ProtocolVersion = version,
            Handlers = new()
            {
                ElicitationHandler = action is null ? null : (question, _) =>
                {
                    lock (_questions) _questions.Add(question!.Message);
                    lock (_forms) _forms.Add(question!.RequestedSchema!);
                    if (thinks) _clock.Now += TimeSpan.FromSeconds(3);
                    return new(new ElicitResult { Action = action, Content = choice is not null && (filled || action == Accept) ? new Dictionary<string, JsonElement> { ["choice"] = JsonSerializer.SerializeToElement(choice) } : null });
                },
            },
        }, cancellationToken: Ct);

    static async Task<CallToolResult> PurgeAsync(McpClient client, string? approve = null)
    {
        Dictionary<string, object?> arguments = new() { ["node"] = "vps", ["id"] = "105" };
        if (approve is not null) arguments["approve"] = approve;
        return await client.CallToolAsync("purge", arguments, cancellationToken: Ct);
    }

    RawMcp Raw(string name) => new(new($"{_app!.Urls.Single()}/mcp"), _tokens!.Create(name, [Scope.Admin]));

    static async Task<string> AskedAsync(RawMcp raw) => (await CallAsync(raw, null, answered: false))["result"]!["requestState"]!.GetValue<string>();

    static async Task<string> AnswerAsync(RawMcp raw, string? state, string node = "vps", string id = "105") =>
        (await CallAsync(raw, state, node, id))["result"]!["content"]![0]!["text"]!.GetValue<string>();

    static async Task<JsonNode> CallAsync(RawMcp raw, string? state, string node = "vps", string id = "105", bool answered = true, string capable = Capable, string answer = """{ "action": "accept", "content": { "choice": "purge container 105" } }""")
    {
        var parameters = new JsonObject
        {
            ["name"] = "purge",
            ["arguments"] = new JsonObject { ["node"] = node, ["id"] = id },
            ["_meta"] = new JsonObject { ["io.modelcontextprotocol/clientCapabilities"] = JsonNode.Parse(capable) },
        };
        if (answered) parameters["inputResponses"] = new JsonObject { ["approval"] = JsonNode.Parse(answer) };
        if (state is not null) parameters["requestState"] = state;
        using var response = await raw.PostNewestAsync("tools/call", parameters.ToJsonString(), "purge");
        return await RawMcp.MessageAsync(response);
    }
}
