using System.Text.Json;
using System.Text.Json.Nodes;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.State;
using MeshMcp.Contracts.Trust;
using MeshMcp.Server.Api;
using MeshMcp.Server.Nodes;
using MeshMcp.Server.Roles;
using MeshMcp.TestServers;
using MeshMcp.Tools;
using MeshMcp.Tools.Answers;
using MeshMcp.Tools.Calls;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using Xunit;

namespace MeshMcp.UnitTests.Tools;

/// <summary>No key goes through the model unless it is asked for: every tool, against a node that hands keys over as it is told, and against one that does not listen.</summary>
public sealed class RevealTests
{
    const string Configuration = "[Interface]\nPrivateKey = cHJpdmF0ZS1wcml2YXRlLXByaXZhdGUtcHJpdmF0ZS0=\n[Peer]\nPresharedKey = c2hhcmVkLXNoYXJlZC1zaGFyZWQtc2hhcmVkLXNoYXI=\n";
    const string Vless = "vless://11111111-1111-4111-8111-111111111111@203.0.113.10:443?type=tcp#anna%40vps", Vmess = "vmess://eyJpZCI6IjExMTExMTEx", Key = "eyJzZXJ2ZXIiOiJhcGkubm0uZXhhbXBsZSIsInZhbHVlIjoia2V5LWtleSJ9";
    const string Word = "aW52aXRhdGlvbi1pbnZpdGF0aW9u";
    const string Token = "tttttttttttttttttttttttttttttttttttttttttt-";

    /// <summary>What no default answer may hold; and no picture.</summary>
    static readonly string[] Secrets = ["cHJpdmF0ZS1wcml2YXRl", "c2hhcmVkLXNoYXJlZC", "PrivateKey", "PresharedKey", "vless://", "vmess://", "11111111-1111", Key, Word];

    /// <summary>What a node answers with keys in it.</summary>
    static readonly Dictionary<string, IHandedOver> Revealed = new()
    {
        ["POST /v1/wireguard/clients"] = new VpnAccess("anna", "10.8.0.2", "annakey", null, Configuration, [], Changes.Generation(4, GenerationStatus.Confirmed)),
        ["POST /v1/xray/users"] = new AddedXrayUser("anna", 7, [new("vless", Vless), new("vmess", Vmess)], []),
        ["GET /v1/xray/users/anna/links"] = new XrayUserLinks("anna", [new("vless", Vless), new("vmess", Vmess)]),
        ["POST /v1/invites"] = new MeshMcp.Contracts.Joining.Invited("anna", new(2027, 1, 1, 12, 15, 0, TimeSpan.Zero), Word),
        ["POST /v1/netmaker/keys"] = new NewEnrollmentKey("anna", "mesh", Key, 1, null, false),
    };

    const Uri? NoDashboard = null;

    static readonly DateTimeOffset Until = new(2027, 1, 1, 12, 15, 0, TimeSpan.Zero);

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    static Tool[] Tools
    {
        get
        {
            var options = new McpServerOptions();
            using var nodes = new NodeDirectory(new Dictionary<string, NodeEndpoint>());
            MeshTools.AddTo(options, nodes, MeshTools.ToolsetNames);
            return [.. options.ToolCollection!.Select(t => t.ProtocolTool)];
        }
    }

    [Theory]
    [InlineData(true), InlineData(false)]
    public async Task No_default_answer_of_any_tool_holds_a_key_a_link_or_a_picture_and_those_that_can_reveal_do_when_asked(bool listens)
    {
        await using var vps = await NodeAsync(listens);
        await using var server = await ToolServer.WithAsync(MeshTools.ToolsetNames, ("vps", vps.Endpoint));
        var reveals = new List<string>();
        foreach (var tool in Tools)
        {
            var before = vps.Seen.Count;
            var said = Whole(await server.CallAsync(tool.Name, Arguments(tool)));
            var asked = vps.Seen.Skip(before).Any(s => Revealed.ContainsKey(s.Name));

            Assert.All(Secrets, s => Assert.DoesNotContain(s, said, StringComparison.Ordinal));
            Assert.DoesNotContain("image/png", said, StringComparison.Ordinal);
            Assert.True(Has(tool, "reveal") == asked, $"{tool.Name}: a tool that asks a node for keys, and no other, has the argument reveal");
            if (!asked) continue;
            // Who has neither key nor link is told so, and what to call.
            if (!listens) Assert.Matches("There is no link to them.+(wg_add_client|xray_user_links|create_enrollment_key|invite_node) ", said);
            else Assert.DoesNotContain("There is no link", said, StringComparison.Ordinal);

            reveals.Add(tool.Name);
            var revealed = Whole(await server.CallAsync(tool.Name, [.. Arguments(tool), ("reveal", true)]));
            Assert.Contains(Secrets, s => revealed.Contains(s, StringComparison.Ordinal));
            Assert.DoesNotContain(Token, revealed, StringComparison.Ordinal);
            Assert.DoesNotContain("The keys are not in this answer", revealed, StringComparison.Ordinal);
        }

        Assert.Equal(["create_enrollment_key", "invite_node", "wg_add_client", "xray_add_user", "xray_user_links"], reveals.Order(StringComparer.Ordinal));
        Assert.All(Revealed.Keys, r => Assert.Contains(vps.Seen, s => s.Name == r));
    }

    [Fact]
    public void Who_reveals_is_told_where_the_keys_then_are() => Assert.All(Tools.Where(t => Has(t, "reveal")), tool =>
    {
        var told = tool.InputSchema.GetProperty("properties").GetProperty("reveal");
        Assert.Contains("in this conversation and with the model provider", told.GetProperty("description").GetString(), StringComparison.Ordinal);
        Assert.False(told.GetProperty("default").GetBoolean());
    });

    [Theory]
    [InlineData("wg_add_client", "anna may connect to vps as 10.8.0.2", """wg_add_client {"node":"vps","name":"anna","renew":true}""")]
    [InlineData("xray_add_user", "anna may connect to vps", """xray_user_links {"node":"vps","name":"anna"}""")]
    [InlineData("xray_user_links", "Share links of anna on vps", """xray_user_links {"node":"vps","name":"anna"}""")]
    [InlineData("invite_node", "anna may join until 2027-01-01 12:15:00Z", """invite_node {"node":"vps","name":"anna"}""")]
    [InlineData("create_enrollment_key", "Key anna for mesh (1 use) is made", """create_enrollment_key {"node":"vps","name":"ANOTHER","network":"mesh"}""")]
    public async Task The_answer_says_what_was_made_where_the_link_is_until_when_that_it_opens_once_and_what_to_do_if_it_ran_out(string tool, string made, string again)
    {
        await using var vps = await NodeAsync(listens: true);
        await using var server = await ToolServer.WithAsync(MeshTools.ToolsetNames, ("vps", vps.Endpoint));

        var result = await server.CallAsync(tool, ("node", "vps"), ("name", "anna"));

        Assert.Contains(made, result.Said(), StringComparison.Ordinal);
        Assert.Contains("it opens once, until 2027-01-01 12:15:00Z", result.Said(), StringComparison.Ordinal);
        Assert.Contains($"http://127.0.0.1:9574/once#vps.{Token}", result.Said(), StringComparison.Ordinal);
        Assert.Contains($"If that ran out, or was opened by somebody else: {again}", result.Said(), StringComparison.Ordinal);
        var handover = result.StructuredContent!.Value.GetProperty("handover");
        Assert.Equal($"http://127.0.0.1:9574/once#vps.{Token}", handover.GetProperty("link").GetString());
        Assert.Equal(Until, handover.GetProperty("until").GetDateTimeOffset());
        Assert.Contains(again, handover.GetProperty("again").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("wg_add_client"), InlineData("xray_add_user"), InlineData("xray_user_links"), InlineData("create_enrollment_key"), InlineData("invite_node")]
    public async Task Over_standard_input_without_a_dashboard_the_keys_are_in_a_file_on_the_node_and_with_one_behind_a_link(string tool)
    {
        await using var vps = await NodeAsync(listens: true);
        await using var app = ApiHost.Build(new(new(System.Net.IPAddress.Loopback, 0)), new(new Dictionary<string, NodeEndpoint> { ["vps"] = vps.Endpoint }));

        var arguments = new JsonObject { ["node"] = "vps", ["name"] = "anna" };
        var file = (await AskAsync(app, tool, arguments, NoDashboard)).Said();
        var link = (await AskAsync(app, tool, arguments, new Uri("https://mesh.example:8443"))).Said();

        Assert.Contains("They are in this file on vps: tell the user to take them from there, until 2027-01-01 12:15:00Z: /run/meshmcp/handover/x-anna.conf", file, StringComparison.Ordinal);
        Assert.DoesNotContain("/once#", file, StringComparison.Ordinal);
        Assert.Contains($"https://mesh.example:8443/once#vps.{Token}", link, StringComparison.Ordinal);
        Assert.All(Secrets, s => Assert.DoesNotContain(s, file + link, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_key_behind_a_link_makes_a_node_a_member_without_going_through_the_model_and_is_opened_only_when_that_is_approved()
    {
        await using var vps = await NodeAsync(listens: true);
        await using var edge = await JoiningAsync(vps, Key);
        await using var app = Api(vps, edge);
        var arguments = Join;

        var asked = await AskAsync(app, "netmaker_join", arguments, NoDashboard);
        Assert.DoesNotContain(vps.Seen, s => s.Name == "POST /v1/handover/open");
        arguments["approve"] = Digest(asked);
        var joined = await AskAsync(app, "netmaker_join", arguments, NoDashboard);

        Assert.DoesNotContain(Key, Whole(joined), StringComparison.Ordinal);
        Assert.Contains("generation 3", joined.Said(), StringComparison.Ordinal);
        Assert.Equal($"{{\"token\":\"{Token}\",\"kind\":\"enrollmentKey\"}}", Assert.Single(vps.Seen, s => s.Name == "POST /v1/handover/open").Body);
        Assert.Contains(Key, Assert.Single(edge.Seen, s => s.Name.StartsWith("PUT /v1/secrets/", StringComparison.Ordinal)).Body, StringComparison.Ordinal);
        Assert.Contains("https://api.nm.example", Assert.Single(edge.Seen, s => s.Name == "POST /v1/apply").Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://203.0.113.10:9574/once#vps.word", "vps", "word")]
    [InlineData(" https://mesh.example/once#vps.word\n", "vps", "word")]
    [InlineData("https://mesh.example/other#vps.word", null, null)]
    [InlineData("https://mesh.example/once#vps.word.more", null, null)]
    [InlineData("https://mesh.example/once", null, null)]
    [InlineData("once#vps.word", null, null)]
    [InlineData("eyJzZXJ2ZXIiOiJ4In0=", null, null)]
    [InlineData("", null, null)]
    public void A_link_is_told_from_a_key(string text, string? node, string? token) => Assert.Equal(node is null ? null : (node, token!), Handing.Read(text));

    [Theory]
    [InlineData("no key", null), InlineData(Key, "PUT /v1/secrets/netmaker-key"), InlineData(Key, "POST /v1/apply")]
    public async Task What_fails_after_a_link_was_opened_says_that_it_is_spent(string key, string? refused)
    {
        await using var vps = await NodeAsync(listens: true);
        await using var edge = await JoiningAsync(vps, key);
        if (refused is not null) edge.Refuses(refused, 409, new(ErrorKind.Conflict, "Not now.", "x", "Wait."));
        await using var app = Api(vps, edge);
        var arguments = Join;
        arguments["approve"] = Digest(await AskAsync(app, "netmaker_join", arguments, NoDashboard));

        var refusal = (await AskAsync(app, "netmaker_join", arguments, NoDashboard)).Refusal();

        Assert.Single(vps.Seen, s => s.Name == "POST /v1/handover/open");
        Assert.Contains("The link is spent.", refusal, StringComparison.Ordinal);
        Assert.Contains("make a new key with create_enrollment_key", refusal, StringComparison.Ordinal);
        Assert.DoesNotContain("nothing was changed", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_link_that_the_node_does_not_open_is_told_with_the_nodes_words_and_not_as_spent()
    {
        await using var vps = await NodeAsync(listens: true);
        await using var edge = await JoiningAsync(vps, Key);
        vps.Refuses("POST /v1/handover/open", 400, new(ErrorKind.InvalidArgument, "This link leads to VPN client anna.", "token"));
        await using var app = Api(vps, edge);
        var arguments = Join;
        arguments["approve"] = Digest(await AskAsync(app, "netmaker_join", arguments, NoDashboard));

        var refusal = (await AskAsync(app, "netmaker_join", arguments, NoDashboard)).Refusal();

        Assert.Contains("This link leads to VPN client anna.", refusal, StringComparison.Ordinal);
        Assert.DoesNotContain("spent", refusal, StringComparison.Ordinal);
        Assert.DoesNotContain(edge.Seen, s => !s.Name.StartsWith("GET ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("vps"), InlineData("elsewhere")]
    public async Task A_link_leads_only_to_nodes_that_the_caller_may_speak_about_and_is_refused_before_anybody_is_asked(string linked)
    {
        await using var vps = await NodeAsync(listens: true);
        await using var edge = await JoiningAsync(vps, Key);
        await using var app = Api(vps, edge);
        var arguments = Join;
        arguments["key"] = $"https://203.0.113.10:9574/once#{linked}.{Token}";

        var refusal = (await AskAsync(app, "netmaker_join", arguments, new AdminOf("edge1"))).Refusal();

        Assert.Contains($"PermissionDenied: 'alice' may not speak about node '{linked}'", refusal, StringComparison.Ordinal);
        Assert.Contains("It may speak about: edge1.", refusal, StringComparison.Ordinal);
        Assert.DoesNotContain(vps.Seen, s => s.Name == "POST /v1/handover/open");
    }

    [Fact]
    public async Task Of_a_node_that_is_a_member_nobody_is_asked_and_neither_link_nor_key_is_touched()
    {
        await using var vps = await NodeAsync(listens: true);
        await using var edge = await JoiningAsync(vps, Key);
        edge.Says("GET /v1/netmaker", new NetmakerStatus(NetmakerMode.Client, "mesh", "nm-mesh", true, true, "10.6.0.2", null, true, [], [], "Works."), MeshJson.Default.NetmakerStatus);
        await using var app = Api(vps, edge);

        var refusal = (await AskAsync(app, "netmaker_join", Join, NoDashboard)).Refusal();

        Assert.StartsWith("Conflict: This node is a member of mesh already, as 10.6.0.2; its key was left as it is.", refusal, StringComparison.Ordinal);
        Assert.DoesNotContain(vps.Seen, s => s.Name == "POST /v1/handover/open");
        Assert.DoesNotContain(edge.Seen, s => !s.Name.StartsWith("GET ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("no key"), InlineData(Key)]
    public async Task What_the_node_would_refuse_stores_no_key(string key)
    {
        await using var vps = await NodeAsync(listens: true);
        await using var edge = await JoiningAsync(vps, key);
        edge.Refuses("POST /v1/plan", 409, new(ErrorKind.Conflict, "Another network.", "network"));
        await using var app = Api(vps, edge);
        var arguments = Join;
        arguments["approve"] = Digest(await AskAsync(app, "netmaker_join", arguments, NoDashboard));

        Assert.Contains("The link is spent.", (await AskAsync(app, "netmaker_join", arguments, NoDashboard)).Refusal(), StringComparison.Ordinal);
        Assert.DoesNotContain(edge.Seen, s => s.Name.StartsWith("PUT ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_caller_who_comes_by_what_is_no_address_meets_no_defect()
    {
        await using var vps = await NodeAsync(listens: true);
        await using var app = Api(vps, vps);
        await app.StartAsync(Ct);
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{app.Urls.Single()}/v1/nodes/vps/xray/users") { Content = System.Net.Http.Json.JsonContent.Create(new JsonObject { ["name"] = "anna" }) };
        request.Headers.TryAddWithoutValidation("Host", "localhost:99999");

        using var answer = await http.SendAsync(request, Ct);
        var said = await answer.Content.ReadAsStringAsync(Ct);

        Assert.True((int)answer.StatusCode < 500, $"{answer.StatusCode}: {said}");
    }

    static JsonObject Join => new() { ["node"] = "edge1", ["key"] = $"https://203.0.113.10:9574/once#vps.{Token}", ["network"] = "mesh", ["interface"] = "nm-mesh" };

    /// <summary>A node that is to join, with what waits for the token on the other.</summary>
    static async Task<ScriptedNode> JoiningAsync(ScriptedNode vps, string key)
    {
        vps.Says("POST /v1/handover/open", new HandedOver(HandedKind.EnrollmentKey, "enrollment key", [new("Key", key, "key.txt", false)]), MeshJson.Default.HandedOver);
        var edge = await ScriptedNode.StartAsync();
        edge.Says("GET /v1/state", new StateView("desired", new(), 1, []), MeshJson.Default.StateView);
        edge.Says("GET /v1/netmaker", new NetmakerStatus(null, null, null, false, false, null, null, null, [], [], "In no network."), MeshJson.Default.NetmakerStatus);
        edge.Says("POST /v1/plan", new Plan("4f1c09ab", [], []), MeshJson.Default.Plan);
        edge.Says("PUT /v1/secrets/netmaker-key", new StoredSecret("netmaker-key", default, 1, "h"), MeshJson.Default.StoredSecret);
        edge.Reports("POST /v1/apply", Changes.Run(Changes.Generation(3, GenerationStatus.Confirmed)));
        return edge;
    }

    static Microsoft.AspNetCore.Builder.WebApplication Api(ScriptedNode vps, ScriptedNode edge) =>
        ApiHost.Build(new(new(System.Net.IPAddress.Loopback, 0)), new(new Dictionary<string, NodeEndpoint> { ["vps"] = vps.Endpoint, ["edge1"] = edge.Endpoint }), ApprovalPolicy.Digest);

    static string Digest(CallToolResult asked) => System.Text.RegularExpressions.Regex.Match(asked.Refusal(), "\"approve\": \"([0-9a-f]+)\"").Groups[1].Value;

    sealed record AdminOf(string Only) : ICallContext
    {
        public string CallerName => "alice";
        public IReadOnlyList<Scope> Scopes => [Scope.Read, Scope.Operate, Scope.Admin];
        public IReadOnlyList<string>? Nodes => [Only];
        public TimeSpan ConnectionAge => TimeSpan.Zero;
        public bool IsLocal => false;

        public void CloseAfterAnswer()
        {
        }
    }

    static Task<CallToolResult> AskAsync(Microsoft.AspNetCore.Builder.WebApplication app, string tool, JsonObject arguments, Uri? dashboard) =>
        AskAsync(app, tool, arguments, new LocalCall(TimeProvider.System, dashboard));

    static async Task<CallToolResult> AskAsync(Microsoft.AspNetCore.Builder.WebApplication app, string tool, JsonObject arguments, ICallContext call)
    {
        var parameters = new JsonObject { ["name"] = tool, ["arguments"] = arguments.DeepClone() };
        var said = await app.Services.GetRequiredService<ToolExchange>().AskAsync("tools/call", parameters, call, app.Services, null, Ct);
        return JsonSerializer.Deserialize(Assert.IsType<JsonRpcResponse>(said).Result, (System.Text.Json.Serialization.Metadata.JsonTypeInfo<CallToolResult>)McpJsonUtilities.DefaultOptions.GetTypeInfo(typeof(CallToolResult)))!;
    }

    static bool Has(Tool tool, string argument) => tool.InputSchema.TryGetProperty("properties", out var all) && all.TryGetProperty(argument, out _);

    static readonly JsonSerializerOptions Readable = new(McpJsonUtilities.DefaultOptions) { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Everything that reaches the client, as it does.</summary>
    static string Whole(CallToolResult result) => JsonSerializer.Serialize(result, Readable);

    /// <summary>What a tool demands, in a form that it takes.</summary>
    static (string Name, object? Value)[] Arguments(Tool tool) =>
        [.. tool.InputSchema.TryGetProperty("required", out var required) ? required.EnumerateArray().Select(r => r.GetString()!).Select(name => (name, Value(tool, name))) : []];

    static object? Value(Tool tool, string name)
    {
        var type = tool.InputSchema.GetProperty("properties").GetProperty(name).TryGetProperty("type", out var said) ? said : default;
        return name switch
        {
            "node" => "vps",
            _ when type.ValueKind == JsonValueKind.String && type.GetString() == "integer" => 1,
            _ when type.ValueKind == JsonValueKind.String && type.GetString() == "boolean" => true,
            _ when type.ValueKind == JsonValueKind.String && type.GetString() == "array" => Array.Empty<string>(),
            _ when type.ValueKind == JsonValueKind.String && type.GetString() == "object" => new Dictionary<string, object>(),
            _ => "anna",
        };
    }

    static async Task<ScriptedNode> NodeAsync(bool listens)
    {
        var node = await ScriptedNode.StartAsync();
        foreach (var (request, answer) in Revealed)
            node.On(request, context => context.Response.WriteAsJsonAsync(listens ? For(context.Request.Query["handover"], answer) : answer, answer.GetType(), MeshJson.Default));
        node.Says("GET /v1/netmaker", new NetmakerStatus(null, null, null, false, false, null, null, null, [], [], "In no network."), MeshJson.Default.NetmakerStatus);
        // Whatever else a tool asks for is answered with all of that.
        var all = new JsonObject(Revealed.Values.SelectMany(a => JsonSerializer.SerializeToNode(a, a.GetType(), MeshJson.Default)!.AsObject()).DistinctBy(f => f.Key).Select(f => KeyValuePair.Create(f.Key, f.Value?.DeepClone()))).ToJsonString();
        node.Otherwise = context =>
        {
            context.Response.ContentType = "application/json";
            return context.Response.WriteAsync(all);
        };
        return node;
    }

    static IHandedOver For(string? way, IHandedOver answer) => way switch
    {
        "link" => answer.Without(new(Until, Token: Token)),
        "file" => answer.Without(new(Until, File: "/run/meshmcp/handover/x-anna.conf")),
        _ => answer,
    };
}
