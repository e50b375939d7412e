using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using MeshMcp.TestKit;
using Xunit;

namespace MeshMcp.EndToEndTests;

/// <summary>What a caller with an <c>operate</c> token may try to become more than that: all of it is refused, nothing of it happens, and each is in the node's audit.</summary>
public sealed class AttackTests(LabFixture fixture)
{
    const string Tokens = "/etc/meshmcp/mcp/tokens.json";

    /// <summary>Documents by what they want, as changes of the one that <c>oo1424oo</c> has.</summary>
    static readonly Dictionary<string, Action<JsonObject>> Documents = new()
    {
        ["the host's root in a container"] = s => Mount(s, "/"),
        ["the agent's socket in a container"] = s => Mount(s, "/run/meshmcp"),
        ["the agent's state in a container"] = s => Mount(s, "/var/lib/meshmcp"),
        ["the agent's state by another spelling"] = s => Mount(s, "/var/lib/../lib/meshmcp/secrets"),
        ["the node's configuration in a container"] = s => Mount(s, "/etc/meshmcp"),
        ["the containers' folder in a container"] = s => Mount(s, "/var/lib/lxc"),
        ["the kernel's files in a container"] = s => Mount(s, "/proc"),
        ["any folder that root did not list"] = s => Mount(s, "/srv"),
        ["a container whose root is the host's"] = s => Properties(s)["privileged"] = true,
        ["the WARP profile in a container's file"] = s => Secret(s, "secret:warp-profile"),
        ["the VPN's private key in a container's file"] = s => Secret(s, "secret:wg-wg0-private"),
        ["statements for nftables"] = s => Section(s, "uplink")["interface"] = "eth0\" accept; }; flush ruleset; #",
        ["a file that nftables includes"] = s => Section(s, "uplink")["interface"] = "eth0\ninclude \"/etc/shadow\"",
        ["an option in the place of a network"] = s => Section(s, "netmaker")["network"] = "--help",
        ["another server for the master key"] = s => Section(s, "netmaker")["api_endpoint"] = "https://evil.example",
        ["another server for the enrollment key"] = s => Section(s, "netmaker")["server"] = "https://evil.example",
        ["the end of the agent"] = s => s["systemd"] = new JsonObject { ["units"] = new JsonObject { ["meshmcp-hostbridge.service"] = new JsonObject { ["active_state"] = "inactive" } } },
        ["the end of the switch"] = s => s["packagekit"] = new JsonObject { ["packages"] = new JsonObject { ["openvswitch-switch"] = new JsonObject { ["ensure"] = "removed" } } },
    };

    /// <summary>Tools by what their call wants.</summary>
    static readonly Dictionary<string, (string Node, string Tool, (string, object)[] Arguments)> Calls = new()
    {
        ["the MCP server's key"] = ("vps", "container_exec", [("id", "200"), ("command", new[] { "cat", "/etc/meshmcp/mcp/server.key" })]),
        ["the API server's tokens"] = ("vps", "container_exec", [("id", "201"), ("command", new[] { "cat", "/etc/meshmcp/api/tokens.json" })]),
        ["a program of the server's"] = ("vps", "create_container", [("id", "200"), ("template", "busybox")]),
        ["membership of another mesh"] = ("oo1424oo", "netmaker_join", [("key", "eyJzZXJ2ZXIiOiJldmlsLmV4YW1wbGUiLCJ2YWx1ZSI6IkFBQUEifQ==")]),
        ["the end of the way to the node"] = ("vps", "add_flow", [("flow", "priority=65000,actions=drop")]),
        ["a container's files for good"] = ("oo1424oo", "delete_container", [("id", "100"), ("purge", true), ("approve", "0000000000000000")]),
    };

    public static TheoryData<string> Wanted => [.. Documents.Keys];

    public static TheoryData<string> Called => [.. Calls.Keys];

    [Theory, MemberData(nameof(Wanted))]
    public async Task No_document_of_an_operator_gets(string what) => await RefusedAsync("oo1424oo", $"document-{Array.IndexOf([.. Documents.Keys], what)}", (caller, declared) =>
    {
        var document = JsonNode.Parse(declared)!.AsObject();
        Documents[what](document);
        return caller.CallAsync("apply_state", ("node", "oo1424oo"), ("state", JsonSerializer.SerializeToElement(document)), ("confirmWithin", 5));
    });

    [Theory, MemberData(nameof(Called))]
    public async Task No_call_of_an_operator_gets(string what)
    {
        var (node, tool, arguments) = Calls[what];
        await RefusedAsync(node, $"call-{Array.IndexOf([.. Calls.Keys], what)}", (caller, _) => caller.CallAsync(tool, [("node", node), .. arguments]));
    }

    /// <param name="name">The attacker's, of this attack alone: what the same one goes on with is only counted in the audit.</param>
    async Task RefusedAsync(string node, string name, Func<McpCaller, string, Task<Said>> attempt)
    {
        var token = (await fixture.Lab.In("vps", "env", "meshctl", "token", "create", "--file", Tokens, "--name", name, "--scope", "operate").TextAsync()).Split('\n')[0].Trim();
        try
        {
            await using var caller = await McpCaller.ReadyAsync(fixture, token: token);
            var before = await StateAsync(caller, node);

            Said said;
            try
            {
                said = await attempt(caller, before);
            }
            catch (HttpRequestException e) when (e.StatusCode == HttpStatusCode.Forbidden)
            {
                // A scope that the token lacks is said in the words of HTTP.
                said = new(true, e.Message, default, null);
            }

            Assert.True(said.Refused, said.Text);
            Assert.DoesNotContain("defect", said.Text);
            Assert.Equal(before, await StateAsync(caller, node));
            await Eventually.True(async () => (await fixture.Lab.In(node, "env", "meshctl", "audit", "search", "--refused").TextAsync()).Contains($"(says: {name})"), TimeSpan.FromSeconds(10), $"the audit of {node} has it: {said.Text}");
            await fixture.Lab.In(node, "env", "meshctl", "audit", "verify").TextAsync();
        }
        finally
        {
            await fixture.Lab.In("vps", "env", "meshctl", "token", "revoke", "--file", Tokens, "--name", name).TextAsync();
        }
    }

    static async Task<string> StateAsync(McpCaller caller, string node) => (await caller.CallAsync("get_state", ("node", node), ("view", "declared"))).Answer.GetProperty("state").GetRawText();

    static JsonObject Section(JsonObject state, string name) => state[name] as JsonObject ?? throw new InvalidOperationException($"The lab's document has no {name}.");

    static JsonObject Properties(JsonObject state) => Section(state, "lxc")["containers"]![0]!["properties"]!.AsObject();

    static void Mount(JsonObject state, string source) => Properties(state)["mounts"] = new JsonArray(new JsonObject { ["source"] = source, ["target"] = "/host" });

    static void Secret(JsonObject state, string secret) => Properties(state)["files"] = new JsonArray(new JsonObject { ["path"] = "/leak", ["secret"] = secret });
}
