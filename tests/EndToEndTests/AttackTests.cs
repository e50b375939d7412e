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

    /// <summary>Documents by what they want, with the reason that each is refused for, as changes of the one that <c>oo1424oo</c> has.</summary>
    static readonly Dictionary<string, (string Reason, Action<JsonObject> Want)> Documents = new()
    {
        ["the host's root in a container"] = ("/ holds /proc, which is never mounted", s => Mount(s, "/")),
        ["the agent's socket in a container"] = ("/run/meshmcp, which is never mounted", s => Mount(s, "/run/meshmcp")),
        ["the agent's state in a container"] = ("/var/lib/meshmcp, which is never mounted", s => Mount(s, "/var/lib/meshmcp")),
        ["the agent's state by another spelling"] = ("no absolute path", s => Mount(s, "/var/lib/../lib/meshmcp/secrets")),
        ["the node's configuration in a container"] = ("/etc/meshmcp, which is never mounted", s => Mount(s, "/etc/meshmcp")),
        ["the containers' folder in a container"] = ("/var/lib/lxc, which is never mounted", s => Mount(s, "/var/lib/lxc")),
        ["the kernel's files in a container"] = ("/proc, which is never mounted", s => Mount(s, "/proc")),
        ["any folder that root did not list"] = ("not among what may be mounted", s => Mount(s, "/srv")),
        ["a container whose root is the host's"] = ("root on the node", s => { Properties(s)["privileged"] = true; Properties(s).Remove("id_map"); }),
        ["the WARP profile in a container's file"] = ("here a secret of kind file is needed", s => Secret(s, "secret:warp-profile")),
        ["the VPN's private key in a container's file"] = ("here a secret of kind file is needed", s => Secret(s, "secret:wg-wg0-private")),
        ["statements for nftables"] = ("is no device name", s => Section(s, "uplink")["interface"] = "eth0\" accept; }; flush ruleset; #"),
        ["a file that nftables includes"] = ("U+000A", s => Section(s, "uplink")["interface"] = "eth0\ninclude \"/etc/shadow\""),
        ["an option in the place of a network"] = ("is no Netmaker network", s => Section(s, "netmaker")["network"] = "--help"),
        ["another server for the master key"] = ("needs scope admin", s => Section(s, "netmaker")["api_endpoint"] = "https://evil.example"),
        ["another server for the enrollment key"] = ("needs scope admin", s => Section(s, "netmaker")["server"] = "https://evil.example"),
        ["the end of the agent"] = ("The host bridge does not stop itself", s => s["systemd"] = new JsonObject { ["units"] = new JsonObject { ["meshmcp-hostbridge.service"] = new JsonObject { ["active_state"] = "inactive" } } }),
        ["the end of the switch"] = ("this would cut the bridge", s => s["packagekit"] = new JsonObject { ["packages"] = new JsonObject { ["openvswitch-switch"] = new JsonObject { ["ensure"] = "removed" } } }),
    };

    /// <summary>Tools by what their call wants, with the reason that it is refused for.</summary>
    static readonly Dictionary<string, (string Reason, string Node, string Tool, (string, object)[] Arguments)> Calls = new()
    {
        ["the MCP server's key"] = ("for root on the node", "vps", "container_exec", [("id", "200"), ("command", new[] { "cat", "/etc/meshmcp/mcp/server.key" })]),
        ["the API server's tokens"] = ("for root on the node", "vps", "container_exec", [("id", "201"), ("command", new[] { "cat", "/etc/meshmcp/api/tokens.json" })]),
        ["a program of the server's"] = ("for root on the node", "vps", "update_container", [("id", "200"), ("settings", new { files = new[] { new { path = "/etc/rc.local", content = "" } } })]),
        ["membership of another mesh"] = ("\\u0027admin\\u0027", "oo1424oo", "netmaker_join", [("key", "eyJzZXJ2ZXIiOiJldmlsLmV4YW1wbGUiLCJ2YWx1ZSI6IkFBQUEifQ==")]),
        ["the end of the way to the node"] = ("this would cut 9573 of container 200", "vps", "add_flow", [("flow", "priority=65000,actions=drop")]),
        ["a container's files for good"] = ("needs scope admin", "oo1424oo", "delete_container", [("id", "100"), ("purge", true), ("approve", "0000000000000000")]),
    };

    public static TheoryData<string> Wanted => [.. Documents.Keys];

    public static TheoryData<string> Called => [.. Calls.Keys];

    [Theory, MemberData(nameof(Wanted))]
    public async Task No_document_of_an_operator_gets(string what) => await RefusedAsync(Documents[what].Reason, "oo1424oo", $"document-{Array.IndexOf([.. Documents.Keys], what)}", (caller, declared) =>
    {
        var document = JsonNode.Parse(declared)!.AsObject();
        Documents[what].Want(document);
        return caller.CallAsync("apply_state", ("node", "oo1424oo"), ("state", JsonSerializer.SerializeToElement(document)), ("confirmWithin", 5));
    });

    [Theory, MemberData(nameof(Called))]
    public async Task No_call_of_an_operator_gets(string what)
    {
        var (reason, node, tool, arguments) = Calls[what];
        await RefusedAsync(reason, node, $"call-{Array.IndexOf([.. Calls.Keys], what)}", (caller, _) => caller.CallAsync(tool, [("node", node), .. arguments]));
    }

    /// <param name="reason">Part of the words of the refusal: one for another reason proves nothing.</param>
    /// <param name="name">The attacker's, of this attack alone: what the same one goes on with is only counted in the audit.</param>
    async Task RefusedAsync(string reason, string node, string name, Func<McpCaller, string, Task<Said>> attempt)
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
            Assert.Contains(reason, said.Text, StringComparison.Ordinal);
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
